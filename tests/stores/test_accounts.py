import json

import pytest
from django.db import IntegrityError, transaction

from pointsys.approvals import errors as approval_errors
from pointsys.approvals.models import Approval
from pointsys.audit.models import AuditEvent
from pointsys.common.sealing import SealBroken
from pointsys.users.models import Role
from stores import errors, queries, services
from stores.models import BankAccount
from stores.services import accounts
from tests.factories import NOON, StoreFactory, staff_of
from tests.stores.factories import account

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def clerk(store):
    return staff_of(store.client, Role.OFFICE_CLERK)


@pytest.fixture
def colleague(store):
    return staff_of(store.client, Role.FINANCE_APPROVER)


def register(store, by, **changes):
    return services.register_bank_account(
        store_id=store.pk, details=account(**changes), by=by, at=NOON
    )


def submit(store, by, **changes):
    return services.submit_bank_account(
        store_id=store.pk, details=account(**changes), by=by, at=NOON
    )


def replace(store, by, colleague, **changes):
    """Let one person ask for another account and a second one agree."""
    asked = submit(store, by, **changes)
    approval, _ = queries.pending_account_change(store)
    services.decide_account_change(
        approval_id=approval.pk,
        approve=True,
        typed_number=account(**changes).account_number,
        comment="",
        by=colleague,
        at=NOON,
    )
    asked.refresh_from_db()
    return asked


# --- What is kept ----------------------------------------------------------------------------
@pytest.mark.req("SP-03")
def test_number_and_holder_lie_sealed_and_open_for_settlement_only(store, clerk):
    registered = register(store, clerk)

    row = BankAccount.objects.filter(pk=registered.pk).values().get()
    plain = json.dumps({key: str(value) for key, value in row.items()}, ensure_ascii=False)
    assert "0048509" not in plain
    assert "ｺﾓﾚﾋﾞ" not in plain
    assert b"0048509" not in bytes(row["details_sealed"])
    assert str(registered) == "七十七 泉パークタウン ●●●●509"
    assert services.open_bank_account(BankAccount.objects.get()) == {
        "bank_code": "0125",
        "branch_code": "282",
        "account_type": "1",
        "account_number": "0048509",
        "holder_kana": "ｶ)ｺﾓﾚﾋﾞﾌｰｽﾞ".replace("ｰ", "-"),
    }


def test_a_sealed_account_does_not_open_in_another_row(store, clerk):
    registered = register(store, clerk)
    other = register(StoreFactory(client=store.client), clerk, account_number="1234567")
    BankAccount.objects.filter(pk=other.pk).update(details_sealed=registered.details_sealed)

    with pytest.raises(SealBroken):
        services.open_bank_account(BankAccount.objects.get(pk=other.pk))


def test_records_and_history_of_an_account_hold_no_number(store, clerk, colleague):
    register(store, clerk)
    replace(store, clerk, colleague, account_number="7654321")

    events = AuditEvent.objects.filter(target_kind="stores.BankAccount")
    assert events.count() == 2
    assert "509" not in json.dumps([event.changes for event in events])
    history = list(BankAccount.pgh_event_model.objects.values())  # type: ignore[attr-defined]
    assert history
    assert all("details_sealed" not in row for row in history)


def test_a_new_account_takes_the_place_of_the_old_one(store, clerk, colleague):
    first = register(store, clerk)

    second = replace(store, clerk, colleague, account_number="7654321")

    first.refresh_from_db()
    assert (first.is_current, second.is_current) == (False, True)
    assert queries.current_account(store.pk) == second
    with pytest.raises(IntegrityError), transaction.atomic():
        BankAccount.objects.filter(pk=first.pk).update(is_current=True)


def test_the_same_account_again_changes_nothing(store, clerk):
    register(store, clerk)

    with pytest.raises(errors.AccountUnchanged):
        register(store, clerk)

    assert not submit(store, clerk, holder_kana="コモレビ").is_current


def test_no_service_lets_one_person_replace_an_account(store, clerk):
    first = register(store, clerk)

    with pytest.raises(errors.ChangeNeedsAsker):
        register(store, clerk, account_number="7654321")

    assert queries.current_account(store.pk) == first


def test_one_account_of_two_stores_is_noticed_within_the_client(store, clerk):
    twin = StoreFactory(client=store.client)
    register(twin, clerk, holder_kana="ベツノ メイギ")
    register(StoreFactory(), clerk)
    registered = register(store, clerk)

    sharing = queries.stores_sharing_account(
        client_id=store.client_id, fingerprint=registered.fingerprint, store_id=store.pk
    )

    assert list(sharing) == [twin]


def test_the_fingerprint_needs_the_key(settings):
    before = accounts.fingerprint_of(account())

    settings.FIELD_ENCRYPTION_KEYS = ["b3RoZXItb25seS1maWVsZC1lbmNyeXB0aW9uLWtleS0="]

    assert accounts.fingerprint_of(account()) != before


# --- What is refused -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"bank_code": "9998"}, "bank_code", "銀行コード"),
        ({"branch_code": "999"}, "branch_code", "支店コード"),
        ({"account_type": "9"}, "account_type", "預金の種類"),
        ({"account_number": "12345678"}, "account_number", "7けた"),
        ({"account_number": "12-4567"}, "account_number", "7けた"),
        ({"account_number": "0"}, "account_number", "7けた"),
        ({"account_number": "١٢٣٤٥٦٧"}, "account_number", "7けた"),
        ({"holder_kana": " 　"}, "holder_kana", "入力してください"),
        ({"holder_kana": "カ）コモレビ・フーズ"}, "holder_kana", "7文字目の「・」（中黒）"),
        ({"holder_kana": "株式会社こもれび"}, "holder_kana", "1文字目の「株」"),
        ({"holder_kana": "ガ" * 16}, "holder_kana", "30文字以内"),
    ],
)
def test_an_impossible_account_is_refused_by_field_with_the_remedy(changes, field, words):
    with pytest.raises(errors.BankDetailsWrong) as refusal:
        account(**changes)

    assert refusal.value.field == field
    assert words in str(refusal.value)


def test_a_short_number_gets_its_zeros():
    assert account(account_number="48509").account_number == "0048509"


def test_a_yucho_passbook_becomes_a_branch_and_a_number():
    details = services.yucho_details(symbol="18140", number="20418351", holder_kana="アベ ハルカ")

    assert (details.bank_code, details.branch_code) == ("9900", "818")
    assert (details.account_type, details.account_number) == ("1", "2041835")


@pytest.mark.parametrize(
    ("symbol", "number", "field"), [("1814", "1", "symbol"), ("18140", "20418352", "number")]
)
def test_an_impossible_passbook_is_refused_by_field(symbol, number, field):
    with pytest.raises(errors.BankDetailsWrong) as refusal:
        services.yucho_details(symbol=symbol, number=number, holder_kana="アベ ハルカ")

    assert refusal.value.field == field


# --- Two people ------------------------------------------------------------------------------
def test_the_first_account_is_in_use_at_once_and_a_change_waits(store, clerk):
    first = submit(store, clerk)
    change = submit(store, clerk, account_number="7654321")

    assert (first.is_current, change.is_current) == (True, False)
    assert queries.current_account(store.pk) == first
    approval, account_row = queries.pending_account_change(store)
    assert (account_row, approval.asked_by) == (change, clerk)
    assert "7654321" not in approval.title
    with pytest.raises(errors.ChangeWaits):
        submit(store, clerk, account_number="1111111")


def test_nobody_approves_the_change_they_asked_for(store, clerk, colleague):
    first = submit(store, clerk)
    change = submit(store, clerk, account_number="7654321")
    approval, _ = queries.pending_account_change(store)
    facts = {
        "approval_id": approval.pk,
        "approve": True,
        "typed_number": "7654321",
        "comment": "",
        "at": NOON,
    }

    with pytest.raises(approval_errors.SamePersonApproval):
        services.decide_account_change(by=clerk, **facts)
    assert queries.current_account(store.pk) == first

    services.decide_account_change(by=colleague, **facts)
    assert queries.current_account(store.pk) == change
    assert queries.pending_account_change(store) is None
    with pytest.raises(errors.ChangeIsGone):
        services.decide_account_change(by=colleague, **facts)


def test_a_change_that_was_swapped_after_asking_is_refused(store, clerk, colleague):
    submit(store, clerk)
    change = submit(store, clerk, account_number="7654321")
    approval, _ = queries.pending_account_change(store)
    BankAccount.objects.filter(pk=change.pk).update(details_sealed=b"swapped")

    with pytest.raises(approval_errors.ChangedSinceAsked):
        services.decide_account_change(
            approval_id=approval.pk, approve=True, comment="", by=colleague, at=NOON
        )


def test_who_approves_a_change_must_know_the_number_from_the_paper(store, clerk, colleague):
    first = submit(store, clerk)
    submit(store, clerk, account_number="7654321")
    approval, _ = queries.pending_account_change(store)

    for typed in ("", "7654320", "0048509", "七六五"):
        with pytest.raises(errors.NumberDiffers):
            services.decide_account_change(
                approval_id=approval.pk,
                approve=True,
                typed_number=typed,
                comment="",
                by=colleague,
                at=NOON,
            )

    assert queries.current_account(store.pk) == first
    assert Approval.objects.get().status == Approval.Status.PENDING


def test_a_change_sent_back_leaves_the_old_account_in_use(store, clerk, colleague):
    first = submit(store, clerk)
    submit(store, clerk, account_number="7654321")
    approval, _ = queries.pending_account_change(store)

    services.decide_account_change(
        approval_id=approval.pk, approve=False, comment="通帳と違う", by=colleague, at=NOON
    )

    assert queries.current_account(store.pk) == first
    assert Approval.objects.get().status == Approval.Status.REJECTED
    assert not submit(store, clerk, account_number="1111111").is_current

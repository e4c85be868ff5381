"""The office at work: from a list of shops to a stand and an account, as a browser does it."""

import json
from io import BytesIO

import pypdf
import pytest
import zxingcpp
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from pointsys.users.models import Role
from stores import queries, services, till_codes
from stores.models import BankAccount, ImportRun, Store, StoreApplication
from tests.factories import NOON, EnrolmentFactory, ProgramFactory, staff_of
from tests.stores.factories import ApplicationFactory, ProposalFactory, account
from tests.stores.test_stand import printed

pytestmark = pytest.mark.django_db

SHOPS = (
    "店名,所在地,電話番号,業種\n"
    "髙橋商店,宮城県仙台市青葉区一番町1-1,022-111-0001,小売\n"
    ",宮城県仙台市青葉区一番町1-2,022-111-0002,小売\n"
    "となりの店,秋田県秋田市中通1-1,018-111-0003,飲食\n"
)


@pytest.fixture(autouse=True)
def _one_factor(settings):
    settings.REQUIRE_SECOND_FACTOR = False


@pytest.fixture
def program():
    return ProgramFactory()


@pytest.fixture
def clerk(program):
    return staff_of(program.client, Role.OFFICE_CLERK)


@pytest.fixture
def office(client, clerk):
    client.force_login(clerk)
    return client


def upload(office, text, name="一覧.csv", url="stores:import", **data):
    content = text if isinstance(text, bytes) else text.encode()
    return office.post(reverse(url), {"file": SimpleUploadedFile(name, content), **data})


def page(response) -> str:
    return response.content.decode()


# --- Lists of shops --------------------------------------------------------------------------
@pytest.mark.req("ST-02")
def test_a_list_is_looked_at_first_and_taken_by_one_more_click(office, program):
    seen = upload(office, SHOPS, source="県の一覧")

    assert "まだ取り込んでいません" in page(seen)
    assert "髙橋商店" in page(seen)
    assert "対象地域（宮城県）の外です" in page(seen)
    assert not StoreApplication.objects.exists()

    held = {"token": seen.context["token"], "source": "県の一覧"}
    done = office.post(reverse("stores:import_confirm"), held, follow=True)

    assert set(StoreApplication.objects.values_list("name", flat=True)) == {
        "髙橋商店",
        "となりの店",
    }
    assert "取り込めなかった行" in page(done)
    again = office.post(reverse("stores:import_confirm"), held, follow=True)
    assert "もう一度えらんでください" in page(again)
    assert ImportRun.objects.count() == 1


def test_a_list_held_for_one_person_is_not_taken_by_another(office, client, program):
    token = upload(office, SHOPS).context["token"]
    client.force_login(staff_of(program.client, Role.OFFICE_CLERK))

    client.post(reverse("stores:import_confirm"), {"token": token})

    assert not StoreApplication.objects.exists()


@pytest.mark.parametrize("url", ["stores:import", "stores:account_list"])
@pytest.mark.parametrize(
    "content",
    [b"\x00\x01\x02\xff" * 300, b"PK\x03\x04broken", "あ,い\r\n1,2\r\n".encode(), b"{}", b"<html>"],
)
def test_a_wrong_file_gives_one_message_and_writes_nothing(office, url, content):
    response = upload(office, content, url=url)

    assert response.status_code == 200
    assert len(response.context["form"].errors) == 1
    assert "エラー：" in page(response)
    assert not StoreApplication.objects.exists()
    assert not BankAccount.objects.exists()


@pytest.mark.parametrize("url", ["stores:import", "stores:account_list"])
def test_a_missing_or_empty_file_says_what_to_do(office, url):
    assert "ファイルをえらんでください" in page(office.post(reverse(url), {}))
    assert "ファイルが空です" in page(upload(office, b"", url=url))


def test_a_file_beyond_the_limit_is_refused_by_its_size(office):
    big = upload(office, b"a" * (31 * 2**20))

    assert "大きすぎます" in page(big)


# --- Decisions -------------------------------------------------------------------------------
@pytest.mark.req("ST-03")
def test_a_refused_decision_keeps_what_was_typed_and_names_the_field(office, program):
    application = ApplicationFactory(program=program, outside=True)
    path = reverse("stores:application", args=[application.pk])

    empty = office.post(path, {"decision": "approve", "reason": ""})
    unticked = office.post(path, {"decision": "approve", "reason": "県境の店"})
    done = office.post(
        path,
        {"decision": "approve", "reason": "県境の店", "accept_outside_area": "on"},
        follow=True,
    )

    assert "理由を入力してください" in page(empty)
    form = unticked.context["form"]
    (refusal,) = form.errors["accept_outside_area"]
    assert f"「{form.fields['accept_outside_area'].label}」にしるしを付けて" in refusal
    assert "県境の店" in page(unticked)
    assert "04-00001" in page(done)
    assert Store.objects.get().applications.get() == application


def test_the_page_of_an_application_shows_its_evidence(office, program):
    application = ApplicationFactory(
        program=program, raw={"店名": "<script>x</script>", "数": None}
    )
    ProposalFactory(application=application, other_application=ApplicationFactory(program=program))

    text = page(office.get(reverse("stores:application", args=[application.pk])))

    assert "&lt;script&gt;x&lt;/script&gt;" in text
    assert "同じ店かもしれない" in text
    assert application.merge_proposals.get().reason in text


def test_ticked_applications_are_approved_and_the_rest_say_why(office, program):
    good = ApplicationFactory.create_batch(3, program=program)
    outside = ApplicationFactory(program=program, outside=True)

    done = office.post(
        reverse("stores:approve_many"),
        {"application": [row.pk for row in (*good, outside)], "reason": "一覧で確認"},
        follow=True,
    )

    assert "3件を承認しました" in page(done)
    assert outside.name in page(done)
    assert Store.objects.count() == 3


def test_ticking_nothing_or_giving_no_reason_is_told(office, program):
    application = ApplicationFactory(program=program)
    path = reverse("stores:approve_many")

    nothing = office.post(path, {"reason": "可", "application": ["x", "-1", "9" * 40]}, follow=True)
    no_reason = office.post(path, {"application": [application.pk]}, follow=True)

    assert "しるしを付けてください" in page(nothing)
    assert "承認する理由を入力してください" in page(no_reason)
    assert not Store.objects.exists()


# --- Stands ----------------------------------------------------------------------------------
@pytest.mark.req("ST-08")
def test_the_stands_of_ticked_stores_are_printed_with_first_qrs_where_asked(office, program):
    enrolments = EnrolmentFactory.create_batch(2, program=program)
    stores = {"store": [enrolment.store_id for enrolment in enrolments]}

    nothing = office.post(reverse("stores:stands"), stores, follow=True)
    response = office.post(reverse("stores:stands"), {**stores, "issue": "1"})

    assert "使えるQRがありません" in page(nothing)
    assert response["Content-Type"] == "application/pdf"
    assert len(pypdf.PdfReader(BytesIO(response.content)).pages) == 2
    for number, enrolment in enumerate(enrolments):
        [found] = zxingcpp.read_barcodes(printed(response.content, page=number))
        assert found.text == till_codes.till_url(enrolment.store.tills.get())


def test_the_stand_of_a_revoked_till_is_not_printed(office, program, clerk):
    enrolment = EnrolmentFactory(program=program)
    till = services.issue_till(
        program_id=program.pk, store_id=enrolment.store_id, by=clerk, at=NOON
    )
    services.revoke_till(till_id=till.pk, by=clerk, at=NOON)

    response = office.get(reverse("stores:stand", args=[till.pk]), follow=True)

    assert "失効したQRの台紙は印刷できません" in page(response)


# --- Bank accounts ---------------------------------------------------------------------------
@pytest.fixture
def store(program):
    return EnrolmentFactory(program=program).store


def test_bank_and_branch_are_searched_for_without_script(office, store):
    path = reverse("stores:account", args=[store.pk, "bank"])

    found = office.post(path, {"step": "search", "bank_words": "しちじゅうしち"})
    assert "七十七（0125）" in page(found)
    assert "エラー" not in page(found)
    found = office.post(
        path, {"step": "search", "bank_words": "", "bank_code": "0125", "branch_words": "いずみ"}
    )
    assert "泉パークタウン" in page(found)
    assert 'value="0125" ' in page(found)


def test_an_account_is_confirmed_as_the_bank_will_read_it_then_registered(office, store):
    path = reverse("stores:account", args=[store.pk, "bank"])
    typed = {
        "bank_words": "0125",
        "bank_code": "0125",
        "branch_words": "282",
        "branch_code": "282",
        "account_type": "1",
        "account_number": "４８５０９",
        "holder_kana": "カ）コモレビフーズ",
    }

    check = office.post(path, {**typed, "step": "check"})
    assert "ｶ)ｺﾓﾚﾋﾞﾌ-ｽﾞ" in page(check)
    assert "0048509" in page(check)
    assert not BankAccount.objects.exists()
    done = office.post(path, {**check.context["carried"], "step": "save"}, follow=True)

    assert "振込口座を登録しました" in page(done)
    assert "●●●●509" in page(done)
    assert "0048509" not in page(done)
    assert services.open_bank_account(BankAccount.objects.get())["account_number"] == "0048509"


def test_each_wrong_field_of_an_account_is_named_and_kept(office, store):
    path = reverse("stores:account", args=[store.pk, "bank"])

    empty = office.post(path, {"step": "check"})
    assert set(empty.context["form"].errors) == {
        "bank_words", "account_type", "account_number", "holder_kana",
    }  # fmt: skip
    nowhere = office.post(path, {"step": "check", "bank_words": "ないない銀行"})
    assert "「ないない銀行」に当てはまる金融機関がありません" in page(nowhere)
    wrong = office.post(
        path,
        {
            "step": "check", "bank_code": "0125", "branch_code": "282", "account_type": "1",
            "account_number": "1234567", "holder_kana": "カ）コモレビ・フーズ",
        },
    )  # fmt: skip
    assert "7文字目の「・」（中黒）" in str(wrong.context["form"].errors["holder_kana"])
    assert "カ）コモレビ・フーズ" in page(wrong)
    assert not BankAccount.objects.exists()


def test_a_passbook_is_shown_converted_before_it_is_registered(office, store):
    path = reverse("stores:account", args=[store.pk, "yucho"])
    typed = {"symbol": "１８１４０", "number": "20418351", "holder_kana": "アベ ハルカ"}

    check = page(office.post(path, {**typed, "step": "check"}))
    wrong = office.post(path, {**typed, "number": "20418352", "step": "check"})

    for words in ("18140-20418351", "八一八", "818", "2041835"):
        assert words in check
    assert "number" in wrong.context["form"].errors


def test_a_second_person_approves_a_change_with_the_number_from_the_paper(
    client, office, store, program, clerk
):
    services.submit_bank_account(store_id=store.pk, details=account(), by=clerk, at=NOON)
    change = services.submit_bank_account(
        store_id=store.pk, details=account(account_number="7654321"), by=clerk, at=NOON
    )
    path = reverse("stores:account_change", args=[change.pk])
    answer = {"decision": "approve", "typed_number": "7654321"}

    own = office.post(path, answer)
    client.force_login(staff_of(program.client, Role.FINANCE_APPROVER))
    shown = page(client.get(path))
    mistyped = client.post(path, {**answer, "typed_number": "7654320"})
    unexplained = client.post(path, {"decision": "reject"})
    client.post(path, answer)

    assert "ご自分が作成したものは承認できません" in page(own) or own.context["is_own"]
    assert "7654321" not in shown
    assert "typed_number" in mistyped.context["form"].errors
    assert "comment" in unexplained.context["form"].errors
    assert queries.current_account(store.pk) == change
    assert "すでに決定されています" in page(client.post(path, answer, follow=True))


def test_a_list_of_accounts_is_looked_at_then_taken(office, store):
    lines = (
        "店舗コード,銀行コード,支店コード,預金種目,口座番号,口座名義カナ\n"
        f"{store.code},0125,282,普通,0048509,カ）コモレビフーズ\n"
        "04-99999,0125,282,普通,0048509,アベ\n"
    )

    seen = upload(office, lines, url="stores:account_list")
    assert "まだ登録していません" in page(seen)
    assert "●●●●509" in page(seen)
    assert "0048509" not in page(seen)
    assert not BankAccount.objects.exists()
    done = office.post(reverse("stores:account_list_confirm"), {"token": seen.context["token"]})

    assert "口座を取り込みました" in page(done)
    assert queries.current_account(store.pk).number_tail == "509"


# --- People ----------------------------------------------------------------------------------
@pytest.mark.req("ST-07")
def test_a_first_password_is_shown_once_and_never_cached(office, store):
    made = office.post(reverse("stores:staff_issue", args=[store.pk]), {"role": "CLERK"})

    password = made.context["password"]
    assert password in page(made)
    assert "no-store" in made["Cache-Control"]
    shown_again = page(office.get(reverse("stores:store", args=[store.pk])))
    assert password not in shown_again
    assert store.staff.get().user.username in shown_again
    assert password not in json.dumps(list(office.session.items()))

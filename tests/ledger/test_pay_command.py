"""manage.py pay: a payment at a till from a terminal."""

import json
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
import time_machine
from django.core.management import CommandError, call_command

from ledger import queries
from ledger import services as ledger
from ledger.models import Payment
from pointsys.users.models import Role
from stores.models import Enrolment
from tests.factories import (
    END,
    NOON,
    OPENING,
    ResidentFactory,
    TillFactory,
    WalletFactory,
    staff_of,
)
from tests.ledger.builders import give

pytestmark = pytest.mark.django_db


@pytest.fixture
def wallet():
    made = WalletFactory()
    give(made, 1_000)
    return made


@pytest.fixture
def till(wallet):
    return TillFactory(program=wallet.program, code="2345678A")


@pytest.fixture
def clerk(wallet):
    return staff_of(wallet.program.client, Role.OFFICE_CLERK)


@pytest.fixture
def pay(wallet, till, clerk):
    def run(*words, at=NOON, **changes):
        named = {
            "program": wallet.program.code,
            "resident": wallet.resident.external_id,
            "till": till.code,
            "points": "300",
            "by": clerk.username,
        }
        out = StringIO()
        options = [f"--{name}={value}" for name, value in (named | changes).items()]
        with time_machine.travel(at, tick=False):
            call_command("pay", *options, *words, stdout=out)
        return out.getvalue()

    return run


@pytest.mark.req("LG-06")
def test_a_payment_tells_its_receipt_and_what_is_left_and_is_on_the_clerks_record(
    pay, wallet, till, clerk
):
    facts = json.loads(pay("--json"))
    told = pay(points="１２０")

    first, second = Payment.objects.select_related("transfer").order_by("pk")
    assert facts == {
        "receipt_number": first.receipt_number,
        "points": 300,
        "balance": 700,
        "key": facts["key"],
        "is_repeat": False,
    }
    assert (first.transfer.actor, first.till, first.channel) == (clerk, till, "COUNTER")
    number = second.receipt_number
    assert told == (
        f"支払いました。受付番号 {number[:4]}-{number[4:]}　120ポイント　残高 580ポイント\n"
    )
    assert queries.usable_points(wallet_id=wallet.pk, at=NOON) == 580


@pytest.mark.req("LG-06")
def test_one_key_pays_once_and_says_so(pay, wallet):
    key = uuid4()

    first = json.loads(pay("--json", key=key))
    again = json.loads(pay("--json", key=key))
    told = pay(key=key)

    assert again == first | {"is_repeat": True}
    assert told.startswith("この支払いは、すでに済んでいます。")
    assert queries.usable_points(wallet_id=wallet.pk, at=NOON) == 700
    with pytest.raises(CommandError, match="同じ操作が違う内容で"):
        pay(key=key, points="301")


def test_a_key_that_was_given_up_pays_nothing(pay, wallet):
    key = uuid4()
    ledger.burn_key(wallet_id=wallet.pk, request_key=key, at=NOON)

    with pytest.raises(CommandError, match="取りやめになっています"):
        pay(key=key)

    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"points": "1001"}, "ポイントが足りません。いま使えるのは1,000ポイントです。"),
        ({"points": "0"}, "1以上の数字"),
        ({"points": "-5"}, "1以上の数字"),
        ({"points": "many"}, "数字だけで"),
        ({"points": "9" * 30}, "9けたまで"),
        ({"program": "none"}, "事業コード「none」の事業はありません。"),
        ({"resident": "nobody"}, "アプリのID「nobody」の住民はいません。"),
        ({"till": "2345678D"}, "文字がちがうようです"),
        ({"till": "234567OO"}, "使いません"),
        ({"till": "ABCD-EFG7"}, "店舗コード「ABCD-EFG7」のレジはありません。"),
        ({"by": "nobody"}, "ログインID「nobody」の人はいません。"),
        ({"key": "1"}, "--key は"),
        ({"at": OPENING - timedelta(seconds=1)}, "まだ始まっていません"),
        ({"at": END}, "期間は終わりました"),
    ],
)
def test_each_refusal_is_one_line_and_nothing_moves(pay, wallet, changes, words):
    with pytest.raises(CommandError, match=words) as refusal:
        pay(**changes)

    assert "\n" not in str(refusal.value)
    assert refusal.value.returncode == 1
    assert not Payment.objects.exists()
    wallet.refresh_from_db()
    assert wallet.balance == 1_000


def test_a_store_that_was_stopped_or_a_till_of_another_program_takes_nothing(pay, till):
    other = TillFactory(code="2345679C")

    with pytest.raises(CommandError, match="お持ちのポイントは使えません"):
        pay(till=other.code)
    Enrolment.objects.filter(store=till.store).update(
        status=Enrolment.Status.SUSPENDED, reason="違反"
    )
    with pytest.raises(CommandError, match="いまポイントが使えません"):
        pay()

    assert not Payment.objects.exists()


def test_a_resident_without_points_of_the_program_is_told_apart(pay, wallet):
    empty = ResidentFactory(client=wallet.program.client)
    elsewhere = ResidentFactory()

    with pytest.raises(CommandError, match="この事業のポイントがありません"):
        pay(resident=empty.external_id)
    with pytest.raises(CommandError, match="住民はいません"):
        pay(resident=elsewhere.external_id)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OFFICE_CLERK}))
def test_nobody_but_the_offices_clerk_may_pay_for_a_resident(pay, wallet, role):
    other = staff_of(wallet.program.client, role)

    with pytest.raises(CommandError, match="役割がありません"):
        pay(by=other.username)

    assert not Payment.objects.exists()


def test_a_clerk_of_another_client_or_one_who_left_may_not(pay, clerk):
    stranger = staff_of(WalletFactory().program.client, Role.OFFICE_CLERK)

    with pytest.raises(CommandError, match="役割がありません"):
        pay(by=stranger.username)
    clerk.is_active = False
    clerk.save(update_fields=["is_active"])
    with pytest.raises(CommandError, match="人はいません"):
        pay()

    assert not Payment.objects.exists()

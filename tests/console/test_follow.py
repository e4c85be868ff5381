"""Follow the yen: each sum on the page agrees, both ways, and nobody's name is on it."""

from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.urls import reverse

from ledger import queries as ledger_queries
from ledger import services as ledger
from ledger.models import Payment, Transfer
from ledger.queries import trail
from ledger.services import granting
from pointsys.audit.models import AccessRecord
from pointsys.residents.models import Resident
from pointsys.users.models import Role
from tests.factories import NOON as AUGUST_NOON
from tests.factories import EnrolmentFactory, StoreFactory, TillFactory
from tests.programs.factories import NOON, make_client, make_program, make_staff
from tests.settlement.builders import build_scene

pytestmark = [pytest.mark.django_db, pytest.mark.req("AD-09")]
FOLLOWERS = [
    Role.CLIENT_VIEWER,
    Role.CLIENT_APPROVER,
    Role.OFFICE_CLERK,
    Role.FINANCE_PREPARER,
    Role.FINANCE_APPROVER,
    Role.AUDITOR,
]


@pytest.fixture(autouse=True)
def _at_noon(settings):
    settings.REQUIRE_SECOND_FACTOR = False
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def program():
    return make_program(issuance_ceiling_points=100_000)


def sign_in(client, program, *roles):
    user = make_staff(program.client, *roles)
    client.force_login(user)
    return user


def paid(program, points=1_200, granted=(1_000, 500)):
    Resident.objects.create(
        client=program.client,
        external_id="app-1",
        name="佐藤 花子",
        name_kana="サトウ ハナコ",
        municipality_code="04101",
        imported_at=NOON,
    )
    for number, each in enumerate(granted, start=1):
        plan = granting.plan_for_all(program_id=program.pk, name=f"第{number}回", points_each=each)
        granting.carry_out(plan=plan, by=None, at=NOON)
    store = StoreFactory(client=program.client, name="菓子工房こもれび")
    EnrolmentFactory(program=program, store=store)
    till = TillFactory(program=program, store=store)
    [wallet_id] = ledger_queries.wallet_ids_of(program.pk)
    return ledger.pay(
        till_id=till.pk, wallet_id=wallet_id, points=points, request_key=uuid4(), at=NOON
    )


def refunded(payment, points=200):
    plan = ledger_queries.plan_refund(payment_id=payment.pk, points=points, at=NOON)
    ledger.refund_payment(
        payment_id=payment.pk,
        points=points,
        alive_points=plan.alive_points,
        request_key=uuid4(),
        at=NOON,
        by=None,
        as_office=False,
        reason="打ち間違い",
    )


def follow(client, uuid):
    return client.get(reverse("console:follow", args=[uuid]))


@pytest.mark.parametrize("role", FOLLOWERS)
def test_a_payment_is_followed_to_its_grants_by_everybody_who_may_without_a_name(
    client, program, role
):
    payment = paid(program)
    sign_in(client, program, role)

    page = follow(client, payment.transfer.uuid).content.decode()

    for words in ("第1回", "第2回", "菓子工房こもれび", "ここまで一致", "仕訳の合計＝支払"):
        assert words in page, words
    assert "佐藤" not in page
    assert "サトウ" not in page
    assert "差 " not in page


@pytest.mark.parametrize(
    "role", [Role.PRIVACY_OFFICER, Role.SYSTEM_ADMIN, Role.DESK_OPERATOR, Role.EVENT_STAFF]
)
def test_others_do_not_follow_money(client, program, role):
    payment = paid(program)
    sign_in(client, program, role)

    assert follow(client, payment.transfer.uuid).status_code == 403
    assert client.get(reverse("console:follow_find")).status_code == 403


def test_what_belongs_to_another_client_does_not_exist(client, program):
    payment = paid(program)
    client.force_login(make_staff(make_client("大崎市"), Role.AUDITOR))

    found = client.get(reverse("console:follow_find"), {"number": payment.receipt_number})

    assert follow(client, payment.transfer.uuid).status_code == 404
    assert follow(client, uuid4()).status_code == 404
    assert "見つかりません" in found.content.decode()


def test_looking_is_on_record(client, program):
    payment = paid(program)
    user = sign_in(client, program, Role.AUDITOR)

    follow(client, payment.transfer.uuid)

    record = AccessRecord.objects.get()
    assert (record.by, record.purpose, record.organization) == (
        user,
        "お金の追跡",
        program.client,
    )


def test_a_receipt_number_in_any_width_leads_to_its_way(client, program):
    payment = paid(program)
    sign_in(client, program, Role.AUDITOR)
    typed = f" {payment.receipt_number[:4].lower()}-{payment.receipt_number[4:]} "
    wide = typed.translate({ord("-"): "－"})

    answers = [client.get(reverse("console:follow_find"), {"number": n}) for n in (typed, wide)]

    assert {answer["Location"] for answer in answers} == {
        reverse("console:follow", args=[payment.transfer.uuid])
    }


@pytest.mark.parametrize("number", ["", "a\x00b", "x" * 41, "0000-0000", "🎌", "L-1' OR 1=1"])
def test_a_wrong_number_is_told_and_kept(client, program, number):
    sign_in(client, program, Role.AUDITOR)

    answer = client.get(reverse("console:follow_find"), {"number": number})

    assert answer.status_code == 200
    assert "error-summary" in answer.content.decode()


def test_a_refund_leads_to_its_payment_and_is_taken_off(client, program):
    payment = paid(program)
    refunded(payment)
    refund = Transfer.objects.get(kind="REFUND")
    sign_in(client, program, Role.AUDITOR)

    page = follow(client, refund.uuid).content.decode()

    assert "1,000" in page
    assert "200ポイント" in page
    assert "ここまで一致" in page


def test_a_grant_is_the_sum_of_what_became_of_it(client, program):
    payment = paid(program)
    refunded(payment)
    sign_in(client, program, Role.AUDITOR)
    grant = Transfer.objects.filter(kind="GRANT").order_by("pk").first()

    page = follow(client, grant.uuid).content.decode()
    book = trail.grant_book(transfer_id=grant.pk, at=NOON)

    assert book.used + book.remaining + book.expired == book.granted == grant.points
    assert book.difference == 0
    assert "付与と行き先が一致" in page
    assert payment.receipt_number[:4] in page


def test_a_book_that_was_changed_behind_the_services_is_told(client, program):
    payment = paid(program)
    sign_in(client, program, Role.AUDITOR)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_lot SET remaining = remaining + 7 WHERE remaining > 0")

    page = follow(client, payment.transfer.uuid).content.decode()

    assert "合わない金額があります" in page
    assert "差 ＋7" in page


@pytest.fixture
def settled(client):
    """A payment of a month that is paid to its store by the bank."""
    scene = build_scene()
    scene.open_store("04-00001")
    payment = scene.pay("04-00001", 1_200)
    scene.pay("04-00001", 300)
    scene.refund(scene.pay("04-00001", 90), 90, at=AUGUST_NOON)
    scene.close()
    batch = scene.settle()
    client.force_login(make_staff(scene.program.client, Role.AUDITOR, Role.OFFICE_CLERK))
    return payment, batch


def test_a_bank_line_and_its_payment_tell_the_same(client, settled):
    payment, batch = settled
    payout = batch.payouts.get()
    booked = Transfer.objects.get(kind="PAYOUT")

    forward = follow(client, payment.transfer.uuid).content.decode()
    back = follow(client, payout.uuid).content.decode()

    for page in (forward, back):
        for words in ("台帳の月の合計＝明細", "明細＝振込", "振込の合計＝振込データ", batch.number):
            assert words in page, words
        assert "付与から振込データまで一致" in page
        assert "作成者≠承認者" in page
        assert "差 " not in page
    assert reverse("console:follow", args=[payment.transfer.uuid]) in back
    assert follow(client, booked.uuid).context["path"].payout == payout


def test_the_way_is_reached_from_the_payment_the_statement_and_its_number(client, settled):
    payment, batch = settled
    payout = batch.payouts.get()
    number = payout.statement.document_number

    of_payment = client.get(reverse("console:payment", args=[payment.receipt_number]))
    of_statement = client.get(reverse("settlement:statement", args=[payout.statement_id]))
    of_number = client.get(reverse("console:follow_find"), {"number": number})

    assert reverse("console:follow", args=[payment.transfer.uuid]) in of_payment.content.decode()
    assert reverse("console:follow", args=[payout.uuid]) in of_statement.content.decode()
    assert of_number["Location"] == reverse("console:follow", args=[payout.uuid])


def test_a_statement_that_the_ledger_contradicts_is_told(client, settled):
    payment, _ = settled
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE ledger_transfer SET points = points + 5 WHERE id = %s", [payment.pk])
        cursor.execute("SET session_replication_role = origin")

    page = follow(client, payment.transfer.uuid).content.decode()

    assert "合わない金額があります" in page
    assert "差 −5" in page


def test_many_payments_cost_no_more_queries(
    client, program, django_assert_max_num_queries, django_assert_num_queries
):
    payment = paid(program, points=100)
    sign_in(client, program, Role.AUDITOR)
    follow(client, payment.transfer.uuid)
    with django_assert_max_num_queries(40) as counted:
        follow(client, payment.transfer.uuid)
    few = len(counted)
    for _ in range(5):
        ledger.pay(
            till_id=payment.till_id,
            wallet_id=payment.transfer.wallet_id,
            points=10,
            request_key=uuid4(),
            at=NOON,
        )

    with django_assert_num_queries(few):
        follow(client, payment.transfer.uuid)
    assert Payment.objects.count() == 6


# --- From the bank's file ------------------------------------------------------------------------
@pytest.fixture
def prepared():
    scene = build_scene()
    scene.open_store("04-00001", name="みなと商店")
    scene.pay("04-00001", 1_500, at=AUGUST_NOON)
    scene.close()
    return scene, scene.prepare()


@pytest.mark.parametrize("typed", ["B-2508-01", " b2508-01 ", "Ｂ－２５０８－０１"])
def test_the_number_of_a_transfer_file_shows_its_payouts_to_follow(client, prepared, typed):
    scene, batch = prepared
    client.force_login(scene.preparer)

    page = client.get(reverse("console:follow_find"), {"number": typed})

    assert "B-2508-01の振込" in page.text
    assert reverse("settlement:batch", args=[batch.pk]) in page.text
    way = reverse("console:follow", args=[batch.payouts.get().uuid])
    assert f'<a href="{way}">みなと商店</a>' in page.text
    assert client.get(way).status_code == 200


def test_the_number_of_another_clients_file_is_not_found(client, program, prepared):
    sign_in(client, program, Role.FINANCE_PREPARER)

    page = client.get(reverse("console:follow_find"), {"number": prepared[1].number})

    assert page.status_code == 200
    assert "みなと商店" not in page.text
    assert "見つかりません" in page.text

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pointsys.notices.models import Notice
from pointsys.notices.services import Message, queue_many
from tests.factories import NOON, OrganizationFactory, UserFactory
from tests.vouchers.lottery import DECIDING, PAY_ENDS, PAY_STARTS, Lottery, build_lottery
from vouchers.models import Application, Order
from vouchers.queries.applications import letters_of
from vouchers.services import noticing, payments

pytestmark = [pytest.mark.django_db, pytest.mark.req("VO-05")]
HALFWAY, LAST = noticing.reminder_instants(PAY_STARTS, PAY_ENDS)


@pytest.fixture
def lottery() -> Lottery:
    """Two sets, three people: one with mail, one who signs in without, one who never does."""
    return build_lottery(sets=3)


def decided(lottery: Lottery) -> list[Application]:
    found = [
        lottery.confirmed(lottery.person(mail="sato@example.jp", name="佐藤 和子"), sets=1),
        lottery.confirmed(lottery.person(name="鈴木 一郎"), sets=1),
    ]
    lottery.decided()
    return found


def test_a_winner_learns_sets_price_slip_and_term(lottery: Lottery):
    winner, _ = decided(lottery)

    order = Order.objects.get(application=winner)
    notice = Notice.objects.get(reason=noticing.result_reason(winner.pk))
    assert notice.status == Notice.Status.QUEUED
    assert notice.email == "sato@example.jp"
    for words in (
        "佐藤 和子 様",
        "1セット",
        "5,000円",
        "6,000円分",
        order.slip_number[:4],
        "8月20日（水） 午後11時59分",
        "詐欺",
        lottery.program.desk_phone,
    ):
        assert words in notice.body


def test_losers_are_told_too_and_learn_of_the_next_round():
    lottery = build_lottery(sets=1)
    for number in range(2):
        lottery.confirmed(lottery.person(mail=f"a{number}@example.jp"))
    lottery.decided()

    loser = Application.objects.get(status="LOST")
    notice = Notice.objects.get(reason=noticing.result_reason(loser.pk))
    assert "落選" in notice.body
    assert "払込番号" not in notice.body


def test_whoever_has_no_mail_gets_a_notice_and_a_letter(lottery: Lottery):
    _, quiet = decided(lottery)

    notice = Notice.objects.get(reason=noticing.result_reason(quiet.pk))
    assert notice.status == Notice.Status.INBOX
    assert list(letters_of(lottery.round_id)) == [quiet]


def test_reminders_come_halfway_and_three_days_before_the_end():
    assert PAY_STARTS < HALFWAY < LAST < PAY_ENDS
    assert timedelta(days=3) == PAY_ENDS - LAST


def test_a_short_period_has_two_reminders_as_well():
    first, second = noticing.reminder_instants(PAY_STARTS, PAY_STARTS + timedelta(days=2))
    assert PAY_STARTS < first < second < PAY_STARTS + timedelta(days=2)


def test_whoever_has_not_paid_is_reminded_twice_and_once_each_time(lottery: Lottery):
    winner, _ = decided(lottery)
    order = Order.objects.get(application=winner)

    written = [
        noticing.remind(at=at)
        for at in (PAY_STARTS, HALFWAY, HALFWAY + timedelta(hours=1), LAST, LAST, PAY_ENDS)
    ]

    assert written == [0, 2, 0, 2, 0, 0]
    reasons = Notice.objects.filter(email="sato@example.jp").values_list("reason", flat=True)
    assert set(reasons) == {
        noticing.result_reason(winner.pk),
        noticing.reminder_reason(order.pk, 1),
        noticing.reminder_reason(order.pk, 2),
    }


def test_whoever_has_paid_gets_no_reminder(lottery: Lottery):
    winner, quiet = decided(lottery)
    order = Order.objects.get(application=winner)
    from uuid import uuid4

    payments.record_receipt(
        order_id=order.pk,
        amount_yen=order.price_yen,
        form_key=uuid4(),
        by=lottery.clerk,
        at=PAY_STARTS,
    )

    assert noticing.remind(at=LAST) == 1
    other = Order.objects.get(application=quiet)
    assert Notice.objects.filter(reason__startswith="vouchers.reminder").get().reason == (
        noticing.reminder_reason(other.pk, 2)
    )


def test_nobody_is_reminded_before_the_approval(lottery: Lottery):
    lottery.confirmed()
    lottery.hold_draw()

    assert noticing.remind(at=LAST) == 0


def test_many_messages_take_no_query_each():
    organization = OrganizationFactory()

    def queries(count: int) -> int:
        messages = [
            Message(reason=f"x:{count}:{n}", subject="s", body="b", email=f"{n}@example.jp")
            for n in range(count)
        ]
        with CaptureQueriesContext(connection) as captured:
            assert queue_many(organization_id=organization.pk, messages=messages, at=NOON) == count
        return len(captured)

    assert queries(5) == queries(150)


def test_messages_of_a_known_reason_are_left_alone(django_capture_on_commit_callbacks):
    organization, user = OrganizationFactory(), UserFactory()
    first = Message(reason="r:1", subject="s", body="old", email="a@example.jp", user_id=user.pk)
    second = Message(reason="r:1", subject="s", body="new", email="a@example.jp", user_id=user.pk)
    other = Message(reason="r:2", subject="s", body="b")

    with django_capture_on_commit_callbacks(execute=True):
        assert queue_many(organization_id=organization.pk, messages=[first], at=NOON) == 1
        assert queue_many(organization_id=organization.pk, messages=[second, other], at=NOON) == 1

    assert [message.body for message in mail.outbox] == ["old"]
    assert Notice.objects.get(reason="r:2").status == Notice.Status.INBOX
    assert DECIDING < PAY_STARTS

from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.db import IntegrityError

from pointsys.notices import services
from pointsys.notices.models import Notice
from tests.factories import NOON, OrganizationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.req("LG-12")]
MINUTES = timedelta(minutes=1)


@pytest.fixture
def organization():
    return OrganizationFactory()


@pytest.fixture
def queue(organization, django_capture_on_commit_callbacks):
    def queue(reason="stores.application.approved:1", *, sends=True):
        with django_capture_on_commit_callbacks(execute=sends):
            return services.queue_mail(
                organization_id=organization.pk,
                reason=reason,
                subject="加盟の申し込みについて",
                body="承認しました。",
                at=NOON,
                email="shop@example.jp",
            )

    return queue


def break_mail(monkeypatch):
    def refuse(*args, **kwargs):
        raise SMTPServerDisconnected

    monkeypatch.setattr(services, "send_mail", refuse)


def test_a_mail_leaves_after_commit_and_is_recorded_as_sent(queue):
    notice = queue()

    notice.refresh_from_db()
    assert notice.status == Notice.Status.SENT
    assert [message.to for message in mail.outbox] == [["shop@example.jp"]]


def test_one_reason_mails_once(queue):
    first = queue()
    again = queue()

    assert first == again
    assert len(mail.outbox) == 1


def test_the_database_refuses_a_second_notice_for_one_reason(queue):
    notice = queue()
    notice.pk = None
    notice.uuid = "00000000-0000-4000-8000-000000000001"

    with pytest.raises(IntegrityError, match="once_for_one_address"):
        notice.save(force_insert=True)


def test_the_sweep_sends_what_a_lost_message_left(queue):
    queue(sends=False)

    assert services.sweep(at=NOON) == 0
    assert services.sweep(at=NOON + 2 * MINUTES) == 1
    assert services.sweep(at=NOON + 2 * MINUTES) == 0
    assert len(mail.outbox) == 1


def test_a_claimed_notice_is_not_sent_by_a_second_worker(queue):
    notice = queue(sends=False)
    Notice.objects.filter(pk=notice.pk).update(claimed_at=NOON)

    assert services.deliver(notice_id=notice.pk, at=NOON + MINUTES) is None
    assert services.deliver(notice_id=notice.pk, at=NOON + 6 * MINUTES) == Notice.Status.SENT


def test_a_mail_server_that_stays_away_ends_as_undeliverable(queue, monkeypatch):
    notice = queue(sends=False)
    break_mail(monkeypatch)

    outcomes = [
        services.deliver(notice_id=notice.pk, at=NOON + number * 10 * MINUTES)
        for number in range(services.TRIES)
    ]

    assert outcomes == [*["QUEUED"] * (services.TRIES - 1), "FAILED"]
    assert mail.outbox == []

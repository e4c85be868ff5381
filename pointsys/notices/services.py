from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from smtplib import SMTPException

from django.core.mail import send_mail
from django.db import connection, transaction
from django.db.models import F, Q

from pointsys.notices import tasks
from pointsys.notices.models import Notice
from pointsys.users.models import User

TRIES = 5
CLAIM_LASTS = timedelta(minutes=5)  # longer than any mail server's timeout (EMAIL_TIMEOUT)
ROWS_AT_ONCE = 2_000
MAILS_A_TASK = 200


@transaction.atomic
def queue_mail(
    *,
    organization_id: int,
    reason: str,
    subject: str,
    body: str,
    at: datetime,
    email: str,
    user: User | None = None,
) -> Notice:
    """Write a mail in the caller's transaction; it leaves after commit, once for one reason.

    `reason` names what it is about (`stores.application.approved:123`): asking again changes
    nothing, so a repeated act never mails twice.
    """
    to = {"user": user} if user else {"user": None, "email": email}
    notice, is_new = Notice.objects.get_or_create(
        **to,
        reason=reason,
        defaults={
            "organization_id": organization_id,
            "email": email,
            "subject": subject,
            "body": body,
            "status": Notice.Status.QUEUED,
            "created_at": at,
        },
    )
    if is_new:
        tasks.deliver.delay_on_commit(notice_id=notice.pk)  # type: ignore[attr-defined]
    return notice


@dataclass(frozen=True, slots=True)
class Message:
    """One of many notices: to whom, for which reason, and what it says.

    Without an address for mail it is kept as a notice that only the inbox shows (and a letter
    tells, where the caller sends one).
    """

    reason: str
    subject: str
    body: str
    email: str = ""
    user_id: int | None = None


def queue_many(*, organization_id: int, messages: Iterable[Message], at: datetime) -> int:
    """Write many notices in the caller's transaction, once for one reason; return how many.

    What was written before for the same reason is left as it is. A few statements a thousand, and
    the mails leave after commit in tasks of some hundred each.
    """
    assert connection.in_atomic_block, "notices belong in the transaction of what they tell"
    written = 0
    waiting = iter(messages)
    while chunk := list(islice(waiting, ROWS_AT_ONCE)):
        written += _write(organization_id, chunk, at)
    return written


def _write(organization_id: int, messages: Sequence[Message], at: datetime) -> int:
    notices = [
        Notice(
            organization_id=organization_id,
            user_id=message.user_id,
            email=message.email,
            reason=message.reason,
            subject=message.subject[:120],
            body=message.body,
            status=Notice.Status.QUEUED if message.email else Notice.Status.INBOX,
            created_at=at,
        )
        for message in messages
    ]
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    # Rows of a reason that was told before are not among these: their uuid is another one.
    new = Notice.objects.filter(uuid__in=[notice.uuid for notice in notices])
    statuses = dict(new.order_by("pk").values_list("pk", "status"))
    ids = [pk for pk, status in statuses.items() if status == Notice.Status.QUEUED]
    for start in range(0, len(ids), MAILS_A_TASK):
        tasks.deliver_many.delay_on_commit(  # type: ignore[attr-defined]
            notice_ids=ids[start : start + MAILS_A_TASK]
        )
    return len(statuses)


def deliver(*, notice_id: int, at: datetime) -> Notice.Status | None:
    """Send a queued mail and record what became of it; None when nothing was to be done.

    The row is claimed first, so that two workers never send one notice at once. The server's yes
    is recorded in a second transaction: a worker that dies between the two sends twice at worst.
    """
    claimed = (
        Notice.objects.filter(pk=notice_id, status=Notice.Status.QUEUED)
        .filter(Q(claimed_at__isnull=True) | Q(claimed_at__lt=at - CLAIM_LASTS))
        .update(claimed_at=at, attempts=F("attempts") + 1)
    )
    if not claimed:
        return None
    notice = Notice.objects.get(pk=notice_id)
    try:
        send_mail(notice.subject, notice.body, None, [notice.email])
    except (SMTPException, OSError):
        # The sweep tries again later; after the last try the office sees it as undeliverable.
        if notice.attempts >= TRIES:
            notice.status = Notice.Status.FAILED
            notice.save(update_fields=["status"])
        return Notice.Status(notice.status)
    notice.status = Notice.Status.SENT
    notice.sent_at = at
    notice.save(update_fields=["status", "sent_at"])
    return Notice.Status.SENT


def sweep(*, at: datetime) -> int:
    """Deliver what a lost message or a dead worker left behind; return how many were tried."""
    waiting = Notice.objects.filter(
        Q(claimed_at__isnull=True) | Q(claimed_at__lt=at - CLAIM_LASTS),
        status=Notice.Status.QUEUED,
        created_at__lt=at - timedelta(minutes=1),
    ).order_by("created_at")
    ids = list(waiting.values_list("pk", flat=True)[:200])
    return sum(deliver(notice_id=notice_id, at=at) is not None for notice_id in ids)

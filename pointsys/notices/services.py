from datetime import datetime, timedelta
from smtplib import SMTPException

from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F, Q

from pointsys.notices import tasks
from pointsys.notices.models import Notice
from pointsys.users.models import User

TRIES = 5
CLAIM_LASTS = timedelta(minutes=5)  # longer than any mail server's timeout (EMAIL_TIMEOUT)


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

"""What the client is told by mail: numbers, categories and counts, never words of callers."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from callcenter import queries
from callcenter.models import DailyReport, DeskRecipient, Escalation, Ticket
from pointsys.common import display
from pointsys.notices import services as notices
from pointsys.users.models import User


def recipients(client_id: int) -> list[tuple[str, User | None]]:
    """Return whom a client wants told: its list, else its own people with an address."""
    named = DeskRecipient.objects.filter(client_id=client_id).order_by("email")
    if addresses := list(named.values_list("email", flat=True)):
        return [(address, None) for address in addresses]
    people = (
        User.objects.filter(
            memberships__organization_id=client_id,
            memberships__role__in=queries.CLIENT_ROLES,
            is_active=True,
        )
        .exclude(email="")
        .distinct()
        .order_by("pk")
    )
    return [(person.email, person) for person in people]


def tell(*, client_id: int, reason: str, subject: str, body: str, at: datetime) -> int:
    """Queue a mail to everybody whom the client wants told and return how many there are."""
    to = recipients(client_id)
    for email, user in to:
        notices.queue_mail(
            organization_id=client_id,
            reason=reason,
            subject=subject,
            body=body,
            at=at,
            email=email,
            user=user,
        )
    return len(to)


def ticket_address(ticket: Ticket) -> str:
    """Return the whole address of a ticket's page."""
    return f"{settings.SITE_ORIGIN}{reverse('callcenter:ticket', args=[ticket.pk])}"


def _about(ticket: Ticket) -> str:
    category = ticket.category.name if ticket.category else "区分なし"
    return (
        f"番号：{ticket.number}\n区分：{category}\n受付：{display.japanese_date(ticket.opened_at)}"
    )


def tell_of_escalation(escalation: Escalation, *, at: datetime) -> int:
    """Tell the client that a ticket waits for its answer, and until when."""
    ticket = escalation.ticket
    due = f"{display.japanese_date(escalation.due_at)}{display.clock_words(escalation.due_at)}"
    return tell(
        client_id=ticket.client_id,
        reason=f"callcenter.escalation:{escalation.pk}",
        subject=f"【上申】{ticket.number} 回答をお願いします",
        body=(
            f"コールセンターで対応が難しい問合せがありました。\n\n{_about(ticket)}\n"
            f"期限：{due}（{escalation.due_reason}）\n\n"
            f"内容の確認と回答は、次の画面からお願いします。\n{ticket_address(ticket)}\n"
        ),
        at=at,
    )


def tell_of_complaint(ticket: Ticket, *, at: datetime) -> int:
    """Tell the client of a complaint at once (S4-5(3)イ(エ))."""
    return tell(
        client_id=ticket.client_id,
        reason=f"callcenter.complaint:{ticket.pk}",
        subject=f"【苦情】{ticket.number} をお知らせします",
        body=(
            f"苦情のお申し出がありました。\n\n{_about(ticket)}\n\n"
            f"内容と対応は、次の画面で確かめられます。\n{ticket_address(ticket)}\n"
        ),
        at=at,
    )


def tell_of_handled_complaint(ticket: Ticket, *, at: datetime) -> int:
    """Tell the client that a complaint has been dealt with."""
    return tell(
        client_id=ticket.client_id,
        reason=f"callcenter.complaint.handled:{ticket.pk}",
        subject=f"【苦情】{ticket.number} の対応を終えました",
        body=(
            f"お知らせした苦情の対応を終えました。\n\n{_about(ticket)}\n\n"
            f"対応の内容は、次の画面で確かめられます。\n{ticket_address(ticket)}\n"
        ),
        at=at,
    )


def tell_of_report(report: DailyReport, *, at: datetime) -> int:
    """Send a daily report: the counts in the mail, the rest and the Excel file behind a link."""
    day = display.japanese_date(report.day, with_year=True)
    counts = report.counts
    lines = [
        f"{'　' * row['depth']}{row['name']}　{row['total']:,}件"
        for row in counts["rows"]
        if row["depth"] == 0 or row["total"]
    ]
    version = f"（第{report.version}版・訂正）" if report.version > 1 else ""
    page = f"{settings.SITE_ORIGIN}{reverse('callcenter:report', args=[report.pk])}"
    return tell(
        client_id=report.client_id,
        reason=queries.mail_reason(report),
        subject=f"【日報】{day} の問合せ {report.total:,}件{version}",
        body=(
            f"{day} の問合せ件数をお知らせします。{version}\n\n"
            f"合計　{report.total:,}件\n" + "\n".join(lines) + "\n\n"
            f"苦情　{len(counts['complaints']):,}件\n"
            f"個人情報　{len(counts['privacy']):,}件\n"
            f"上申　{len(counts['escalations']):,}件\n\n"
            f"くわしい表と Excel は、次の画面にあります。\n{page}\n"
        ),
        at=at,
    )

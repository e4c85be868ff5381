"""What applicants are told: that a document was refused, the result of the draw, two reminders.

Whoever has no address for mail gets a notice all the same, which their own page shows; the result
goes to them by letter (`queries.applications.letters_of`).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction

from pointsys.common import display
from pointsys.notices import queries as notice_queries
from pointsys.notices import services as notices
from pointsys.programs.models import Program
from pointsys.residents.models import Resident
from vouchers.models import Application, Order, SaleRound
from vouchers.queries.sales import money_on_the_way

Status = Application.Status
CHUNK: Final = 2_000
# The second reminder leaves this long before the end: time for a visit to the shop or the bank.
LAST_REMINDER_BEFORE: Final = timedelta(days=3)
SCAM_WARNING: Final = (
    "「当選を早める」「代わりに払い込む」という電話やメールは詐欺です。"
    "事務局が暗証番号や確認番号をたずねることはありません。"
    "商品券を人に売ったり、人から買ったりすることはできません。"
)


def result_reason(application_id: int) -> str:
    """Return the reason of the notice of a result: there is one for an application."""
    return f"vouchers.result:{application_id}"


def reminder_reason(order_id: int, number: int) -> str:
    """Return the reason of the first or second reminder of an order."""
    return f"vouchers.reminder.{number}:{order_id}"


def tell_refused(application: Application, *, at: datetime) -> int:
    """Tell an applicant that the address could not be confirmed, and how to send again."""
    sale_round = application.sale_round
    program = sale_round.campaign.program
    assert sale_round.apply_ends_at is not None
    lines = [
        f"商品券の申し込み（申込番号 {spoken(application.number)}）の書類では、"
        "お住まいを確認できませんでした。",
        "",
        f"理由：{application.reason}",
        "",
    ]
    if at < sale_round.apply_ends_at:
        lines += [
            f"{until_words(sale_round.apply_ends_at)}までに、"
            "マイページから書類の写真を送り直してください。",
            own_page(),
        ]
    else:
        lines += ["申し込みの期間が終わったため、送り直すことはできません。"]
    message = _message(
        application.resident,
        program,
        # A document can be refused again after another was sent in.
        reason=f"vouchers.refused:{application.pk}:{at:%Y%m%d%H%M%S%f}",
        subject="お住まいを確認できませんでした",
        lines=lines,
    )
    return notices.queue_many(organization_id=program.client_id, messages=[message], at=at)


def tell_results(
    sale_round: SaleRound, *, after_id: int, at_most: int, at: datetime
) -> tuple[list[int], int]:
    """Tell the next applicants of a drawn round whether they won.

    Return the ids of these applications, in order, and how many notices are new.
    """
    program = sale_round.campaign.program
    part = list(
        Application.objects.filter(
            sale_round=sale_round, status__in=[Status.WON, Status.LOST], pk__gt=after_id
        )
        .select_related("resident__user", "order")
        .order_by("pk")[:at_most]
    )
    told = notices.queue_many(
        organization_id=program.client_id,
        messages=_results(part, sale_round, program),
        at=at,
    )
    return [application.pk for application in part], told


def _results(
    part: Sequence[Application], sale_round: SaleRound, program: Program
) -> Iterator[notices.Message]:
    following = (
        sale_round.campaign.rounds.filter(number__gt=sale_round.number).order_by("number").first()
    )
    for application in part:
        won = application.status == Status.WON
        yield _message(
            application.resident,
            program,
            reason=result_reason(application.pk),
            subject="抽選の結果：当選しました" if won else "抽選の結果のお知らせ",
            lines=(
                _winner_lines(application, sale_round)
                if won
                else _loser_lines(application, following)
            ),
        )


def _winner_lines(application: Application, sale_round: SaleRound) -> list[str]:
    order: Order | None = getattr(application, "order", None)
    lines = [
        f"申し込みいただいた商品券（申込番号 {spoken(application.number)}）に当選しました。",
        "",
        f"当選したセット数：{application.won_sets}セット（申し込み {application.sets}セット）",
    ]
    if order is not None:
        lines += [
            *_payment_lines(order),
            f"お支払いの開始：{display.japanese_date(sale_round.purchase_starts_at)}から",
        ]
    return [*lines, "", "期限までにお支払いがないときは、当選は取消しになります。", own_page()]


def _loser_lines(application: Application, following: SaleRound | None) -> list[str]:
    lines = [
        f"申し込みいただいた商品券（申込番号 {spoken(application.number)}）は、"
        "抽選の結果、落選となりました。",
        "申し込みいただき、ありがとうございました。",
    ]
    if following is not None:
        start = following.apply_starts_at or following.purchase_starts_at
        lines += [
            "",
            f"次の回（第{following.number}回・{following.get_method_display()}）は、"
            f"{display.japanese_date(start)}からの予定です。",
        ]
    return lines


def _payment_lines(order: Order) -> list[str]:
    return [
        f"お支払いの金額：{order.price_yen:,}円",
        f"使える金額：{order.principal_points + order.premium_points:,}円分",
        f"払込番号：{display.in_fours(order.slip_number)}",
        f"お支払いの期限：{until_words(order.pay_until)}",
        "お支払いの場所：コンビニエンスストアかATM（払込番号を使います）、または事務局の窓口",
        "手数料はかかりません。",
    ]


# --- Reminders --------------------------------------------------------------------------------
def reminder_instants(starts_at: datetime, ends_at: datetime) -> tuple[datetime, datetime]:
    """Return when winners who have not paid are reminded: halfway, and three days before the end.

    A short period has its second reminder after three quarters, so that there always are two.
    """
    length = ends_at - starts_at
    halfway = starts_at + length / 2
    return halfway, max(ends_at - LAST_REMINDER_BEFORE, starts_at + length * 3 / 4)


def remind(*, at: datetime) -> int:
    """Remind the winners who have not paid, twice within the period; return how many were written.

    Safe to run at any time and as often as wanted: one reminder of an order is written once, and
    who has paid gets none (VO-05).
    """
    rounds = SaleRound.objects.filter(
        method=SaleRound.Method.LOTTERY,
        status=SaleRound.Status.SELLING,
        purchase_starts_at__lte=at,
        purchase_ends_at__gt=at,
    ).select_related("campaign__program__client")
    return sum(_remind_round(sale_round, at) for sale_round in rounds.order_by("pk"))


def _remind_round(sale_round: SaleRound, at: datetime) -> int:
    instants = reminder_instants(sale_round.purchase_starts_at, sale_round.purchase_ends_at)
    number = sum(instant <= at for instant in instants)
    if not number:
        return 0
    orders = (
        Order.objects.filter(
            sale_round=sale_round,
            application__isnull=False,
            status=Order.Status.AWAITING_PAYMENT,
            pay_until__gt=at,
        )
        .select_related("resident__user", "application")
        .order_by("pk")
    )
    last_id, written = 0, 0
    while chunk := list(orders.filter(pk__gt=last_id)[:CHUNK]):
        last_id = chunk[-1].pk
        written += _remind_orders(sale_round, chunk, number, at)
    return written


@transaction.atomic
def _remind_orders(
    sale_round: SaleRound, orders: Sequence[Order], number: int, at: datetime
) -> int:
    program = sale_round.campaign.program
    # Locked, so that nobody who pays in this moment is reminded of it.
    in_a_file, on_a_desk = money_on_the_way()
    unpaid = set(
        Order.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk__in=[order.pk for order in orders], status=Order.Status.AWAITING_PAYMENT)
        .filter(~in_a_file, ~on_a_desk)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    told = notice_queries.told_reasons(
        organization_id=program.client_id,
        reasons=[reminder_reason(order.pk, number) for order in orders],
    )
    messages = [
        _reminder(order, program, number)
        for order in orders
        if order.pk in unpaid and reminder_reason(order.pk, number) not in told
    ]
    return notices.queue_many(organization_id=program.client_id, messages=messages, at=at)


def _reminder(order: Order, program: Program, number: int) -> notices.Message:
    assert order.application is not None
    opening = (
        "当選した商品券のお支払いが、まだ済んでいません。"
        if number == 1
        else "当選した商品券のお支払いの期限が近づいています。"
    )
    return _message(
        order.resident,
        program,
        reason=reminder_reason(order.pk, number),
        subject="商品券のお支払いはお済みですか"
        if number == 1
        else "商品券のお支払いの期限が近づいています",
        lines=[
            opening,
            f"当選したセット数：{order.sets}セット（申込番号 {spoken(order.application.number)}）",
            *_payment_lines(order),
            "",
            "行きちがいでお支払いがお済みのときは、お許しください。",
            own_page(),
        ],
    )


# --- Words ------------------------------------------------------------------------------------
def spoken(number: str) -> str:
    """Return an application's number as it is read out: ABCD-EFGH."""
    return display.in_fours(number)


def until_words(ends_at: datetime) -> str:
    """Return the last usable moment before an exclusive end, with its year."""
    last = display.last_usable_moment(ends_at)
    return f"{display.japanese_date(last, with_year=True)} {display.clock_words(last)}"


def own_page() -> str:
    """Return the address of the residents' page of vouchers, for mails."""
    return f"{settings.SITE_ORIGIN.rstrip('/')}/my/vouchers/"


def mail_address(resident: Resident) -> str:
    """Return where mails to a resident go, or nothing where a letter has to do."""
    user = resident.user
    return user.email if user is not None and user.is_active else ""


def _message(
    resident: Resident, program: Program, *, reason: str, subject: str, lines: Sequence[str]
) -> notices.Message:
    body = "\n".join(
        [
            f"{resident.name} 様",
            "",
            *lines,
            "",
            SCAM_WARNING,
            "",
            f"{program.name}",
            f"お問い合わせ：{program.desk_name}　{program.desk_phone}（{program.desk_hours}）",
        ]
    )
    return notices.Message(
        reason=reason,
        subject=f"【{program.name}】{subject}",
        body=body,
        email=mail_address(resident),
        user_id=resident.user_id,
    )

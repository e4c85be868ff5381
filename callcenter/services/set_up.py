"""What a desk is made of, as data: lines, hours, special days, categories, hints, recipients."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeVar

from django.db import IntegrityError, models, transaction

from callcenter.errors import DeskWrong
from callcenter.models import (
    Category,
    ClientClosedDay,
    Desk,
    DeskDay,
    DeskRecipient,
    Hint,
    OpeningHours,
)
from pointsys.audit import services as audit
from pointsys.common.opening_hours import Hours
from pointsys.users.models import User

LEVELS: Final = 2
M = TypeVar("M", bound=models.Model)


@transaction.atomic
def create_desk(
    *,
    client_id: int,
    name: str,
    kind: str,
    phone: str,
    week: Mapping[int, Hours],
    first_day: date,
    last_day: date | None = None,
    by: User | None,
    at: datetime,
) -> Desk:
    """Open a telephone line with its hours by weekday (Monday is 0).

    Raises:
        DeskWrong: the name is taken, or the last day lies before the first.
    """
    if last_day and last_day < first_day:
        raise DeskWrong(reason="最終日は、開設日か、それより後の日にしてください。")
    desk = _created(
        Desk,
        f"窓口「{name}」は、すでにあります。",
        client_id=client_id,
        name=name,
        kind=kind,
        phone=phone,
        first_day=first_day,
        last_day=last_day,
    )
    OpeningHours.objects.bulk_create(
        OpeningHours(desk=desk, weekday=weekday, opens=hours.opens, closes=hours.closes)
        for weekday, hours in sorted(week.items())
    )
    _record("desk.created", desk, client_id, by=by, at=at, kind=kind)
    return desk


@transaction.atomic
def set_desk_day(
    *,
    desk_id: int,
    day: date,
    kind: str,
    hours: Hours | None,
    reason: str,
    by: User | None,
    at: datetime,
) -> DeskDay:
    """Let a desk do otherwise on one day: closed, open with hours, or forwarded with hours.

    Raises:
        DeskWrong: hours and kind do not fit, or the reason is missing.
    """
    if not reason.strip():
        raise DeskWrong(reason="特別な日の理由を入力してください。")
    if (hours is None) != (kind == DeskDay.Kind.CLOSED):
        raise DeskWrong(
            reason="開く日と転送する日には時間を、休みの日には時間なしで入力してください。"
        )
    desk = Desk.objects.get(pk=desk_id)
    changed, _ = DeskDay.objects.update_or_create(
        desk=desk,
        date=day,
        defaults={
            "kind": kind,
            "opens": hours.opens if hours else None,
            "closes": hours.closes if hours else None,
            "reason": reason,
        },
    )
    _record("desk.day_set", desk, desk.client_id, by=by, at=at, day=day.isoformat(), kind=kind)
    return changed


@transaction.atomic
def add_client_closed_day(
    *, client_id: int, day: date, reason: str, by: User | None, at: datetime
) -> ClientClosedDay:
    """Note a weekday on which the client does not work.

    Raises:
        DeskWrong: the day is noted already, or the reason is missing.
    """
    if not reason.strip():
        raise DeskWrong(reason="休業日の理由を入力してください。")
    row = _created(
        ClientClosedDay,
        "この休業日は、すでに登録してあります。",
        client_id=client_id,
        date=day,
        reason=reason,
    )
    _record("client_day.added", row, client_id, by=by, at=at, day=day.isoformat())
    return row


@dataclass(frozen=True, kw_only=True, slots=True)
class CategorySpec:
    """One category to make; `parent` is the code of the one above it."""

    code: str
    name: str
    parent: str = ""
    is_counted: bool = True


@transaction.atomic
def create_categories(
    *, client_id: int, specs: Iterable[CategorySpec], by: User | None, at: datetime
) -> list[Category]:
    """Add categories in their order; each may stand below one that is there or comes before it.

    Raises:
        DeskWrong: a code is taken, is not typed with letters and digits, or the tree is too deep.
    """
    by_code = {row.code: row for row in Category.objects.filter(client_id=client_id)}
    made = []
    for position, spec in enumerate(specs, start=len(by_code) + 1):
        parent = by_code.get(spec.parent) if spec.parent else None
        if spec.parent and (parent is None or parent.parent_id is not None):
            raise DeskWrong(
                reason=f"「{spec.name}」の上の区分「{spec.parent}」がないか、{LEVELS}段を超えます。"
            )
        if not (spec.code.isascii() and spec.code.isalnum() and len(spec.code) <= 4):
            raise DeskWrong(reason=f"「{spec.name}」の番号は、英数字4文字までで入力してください。")
        row = _created(
            Category,
            f"番号「{spec.code}」の区分は、すでにあります。",
            client_id=client_id,
            parent=parent,
            code=spec.code,
            name=spec.name,
            position=position,
            is_counted=spec.is_counted,
        )
        by_code[row.code] = row
        made.append(row)
        _record("category.created", row, client_id, by=by, at=at, category=row.code)
    return made


@transaction.atomic
def retire_category(*, category_id: int, by: User | None, at: datetime) -> Category:
    """Offer a category no more; what was counted under it stays."""
    row = Category.objects.select_for_update(no_key=True, of=("self",)).get(pk=category_id)
    row.is_active = False
    row.save(update_fields=["is_active"])
    _record("category.retired", row, row.client_id, by=by, at=at, category=row.code)
    return row


@transaction.atomic
def create_hint(
    *,
    client_id: int,
    kind: str,
    title: str,
    text: str,
    category_code: str = "",
    by: User | None,
    at: datetime,
) -> Hint:
    """Add a canned answer or a question often asked.

    Raises:
        DeskWrong: the heading is taken, or the category does not exist.
    """
    category = None
    if category_code:
        category = Category.objects.filter(client_id=client_id, code=category_code).first()
        if category is None:
            raise DeskWrong(reason=f"番号「{category_code}」の区分がありません。")
    row = _created(
        Hint,
        f"「{title}」は、すでにあります。",
        client_id=client_id,
        kind=kind,
        title=title,
        text=text,
        category=category,
        position=Hint.objects.filter(client_id=client_id).count() + 1,
    )
    _record("hint.created", row, client_id, by=by, at=at, kind=kind)
    return row


@transaction.atomic
def add_recipient(
    *, client_id: int, name: str, email: str, by: User | None, at: datetime
) -> DeskRecipient:
    """Name somebody at the client who is told by mail.

    Raises:
        DeskWrong: the address is on the list already.
    """
    row = _created(
        DeskRecipient,
        "このメールアドレスは、すでに登録してあります。",
        client_id=client_id,
        name=name,
        email=email,
    )
    _record("recipient.added", row, client_id, by=by, at=at)
    return row


def _created(model: type[M], refusal: str, **fields: Any) -> M:
    try:
        with transaction.atomic():
            return model._default_manager.create(**fields)
    except IntegrityError as error:
        raise DeskWrong(reason=refusal) from error


def _record(
    act: str,
    target: models.Model,
    client_id: int,
    *,
    by: User | None,
    at: datetime,
    **changes: Any,
) -> None:
    audit.record(
        code=f"callcenter.{act}",
        target=target,
        organization_id=client_id,
        by=by,
        at=at,
        changes=changes,
    )

"""The acts of a lottery: it only goes forward, and nothing of it is ever drawn twice."""

import hashlib
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from pointsys.audit import services as audit
from pointsys.common.sealing import SealBroken, seal
from pointsys.draws import algorithm, errors, queries
from pointsys.draws.models import Draw, Entry
from pointsys.users.models import User

Rule = Draw.Rule
Status = Draw.Status

SECRET_BYTES: Final = 32
SALT_BYTES: Final = 16
LARGEST: Final = 2**31 - 1
ROWS_AT_ONCE: Final = 5_000
# Eight digits: easily told on the telephone, and nine million of them are never used up.
FIRST_NUMBER: Final = 10_000_000
NUMBERS: Final = 90_000_000


@transaction.atomic
def create_draw(
    *,
    organization_id: int,
    title: str,
    rule: str,
    supply: int,
    by: User | None,
    at: datetime,
    replaces_id: int | None = None,
) -> Draw:
    """Prepare a lottery for `supply` units; `replaces_id` names a voided one that it repeats.

    Raises:
        NothingToDraw: the supply is below 1.
        NotReplaceable: the other draw is not voided, or another client's.
    """
    if not 1 <= supply <= LARGEST:
        raise errors.NothingToDraw
    if replaces_id is not None:
        voided = _locked(replaces_id)
        is_replaced = Draw.objects.filter(replaces=voided).exists()
        if (
            voided.status != Status.VOIDED
            or voided.organization_id != organization_id
            or is_replaced
        ):
            raise errors.NotReplaceable
    draw = Draw.objects.create(
        organization_id=organization_id,
        title=title,
        rule=Rule(rule),
        supply=supply,
        replaces_id=replaces_id,
    )
    _record("created", draw, by=by, at=at, changes={"rule": draw.rule, "supply": supply})
    return draw


@transaction.atomic
def freeze(
    *, draw_id: int, entries: Sequence[tuple[UUID, int]], by: User | None, at: datetime
) -> Draw:
    """Fix who takes part and how many units each asks for; from here on nothing of it changes.

    Each gets a random entry number. Root and digest of the secret may be shown at once: neither
    tells anything before the public value exists.

    Raises:
        WrongState: it is frozen already.
        NoEntries: nobody takes part.
        WrongEntries: somebody is named twice, or the units make no sense under the rule.
    """
    draw = _in_state(draw_id, Status.DRAFT)
    _refuse_wrong_entries(draw, entries)
    rows = _entries(draw, entries)
    _write_entries(rows)
    secret = secrets.token_bytes(SECRET_BYTES)
    draw.status = Status.FROZEN
    draw.entry_count = len(rows)
    draw.requested_units = sum(units for _, units in entries)
    draw.entries_root = algorithm.merkle_root(queries.leaves_of(rows)).hex()
    draw.frozen_at = at
    draw.secret_sealed = seal(secret, context=queries.secret_context(draw))
    draw.secret_sha256 = hashlib.sha256(secret).hexdigest()
    draw.save()
    _record(
        "frozen",
        draw,
        by=by,
        at=at,
        changes={
            "entry_count": draw.entry_count,
            "requested_units": draw.requested_units,
            "entries_root": draw.entries_root,
            "secret_sha256": draw.secret_sha256,
        },
    )
    return draw


@transaction.atomic
def draw(*, draw_id: int, public_value: str, by: User | None, at: datetime) -> Draw:
    """Draw, once: the public value and the secret make the seed, and the rest follows.

    Raises:
        WrongState: it is not frozen, or drawn already.
        PublicValueMissing: the witnesses' value is empty or too long.
        EntriesChanged: entries or secret are not those that were frozen; nothing was drawn.
    """
    public_value = _public_value(public_value)
    lottery = _in_state(draw_id, Status.FROZEN)
    entries = queries.entries_by_number(draw_id)
    if not queries.is_as_frozen(lottery, entries):
        raise errors.EntriesChanged
    try:
        secret = queries.secret_of(lottery)
    except SealBroken as broken:
        raise errors.EntriesChanged from broken
    seed = algorithm.seed_of(
        draw=str(lottery.uuid),
        root=lottery.entries_root,
        rule=lottery.rule,
        supply=lottery.supply,
        secret=secret,
        public_value=public_value,
    )
    requests = {entry.entry_no: entry.units for entry in entries}
    order = algorithm.order_of(seed, list(requests))
    won = algorithm.allocate(lottery.rule, [requests[n] for n in order], lottery.supply)
    rows = [
        (rank, number, requests[number], units)
        for rank, (number, units) in enumerate(zip(order, won, strict=True), start=1)
    ]
    _write_results(lottery, rows)
    lottery.status = Status.DRAWN
    lottery.public_value = public_value
    lottery.seed = seed.hex()
    lottery.drawn_at, lottery.drawn_by = at, by
    lottery.result_sha256 = algorithm.result_digest(
        draw=str(lottery.uuid), seed=lottery.seed, rows=rows
    )
    lottery.save()
    _record(
        "drawn",
        lottery,
        by=by,
        at=at,
        changes={"won_units": sum(won), "result_sha256": lottery.result_sha256},
    )
    return lottery


@transaction.atomic
def approve(*, draw_id: int, by: User | None, at: datetime) -> Draw:
    """Note that the client approved the result; who asks and decides is the owner's business.

    Raises:
        WrongState: it is not drawn, or decided already.
        SamePerson: whoever drew does not approve.
        ResultChanged: the result does not follow from what was frozen and drawn.
    """
    lottery = _in_state(draw_id, Status.DRAWN)
    if by is not None and by.pk == lottery.drawn_by_id:
        raise errors.SamePerson
    _refuse_faults(lottery)
    lottery.status = Status.APPROVED
    lottery.save(update_fields=["status"])
    _record("approved", lottery, by=by, at=at, changes={"result_sha256": lottery.result_sha256})
    return lottery


@transaction.atomic
def publish(*, draw_id: int, by: User | None, at: datetime) -> Draw:
    """Make an approved result final; only now may anybody be told.

    Raises:
        WrongState: it is not approved, or published already.
        ResultChanged: the result does not follow from what was frozen and drawn.
    """
    lottery = _in_state(draw_id, Status.APPROVED)
    _refuse_faults(lottery)
    lottery.status, lottery.published_at = Status.PUBLISHED, at
    lottery.save(update_fields=["status", "published_at"])
    _record("published", lottery, by=by, at=at, changes={"result_sha256": lottery.result_sha256})
    return lottery


@transaction.atomic
def void(*, draw_id: int, reason: str, by: User | None, at: datetime) -> Draw:
    """Give up a lottery that is not published; reason and results stay, a new one may replace it.

    Raises:
        WrongState: it is published or voided already.
        ReasonMissing: no reason was given.
    """
    lottery = _in_state(draw_id, Status.DRAFT, Status.FROZEN, Status.DRAWN, Status.APPROVED)
    reason = reason.strip()
    if not 0 < len(reason) <= 300 or "\0" in reason:
        raise errors.ReasonMissing
    before = lottery.status
    lottery.status, lottery.void_reason = Status.VOIDED, reason
    lottery.save(update_fields=["status", "void_reason"])
    # The reason stands in the draw's own row, and is free text.
    _record("voided", lottery, by=by, at=at, changes={"status": [before, lottery.status]})
    return lottery


def _locked(draw_id: int) -> Draw:
    return Draw.objects.select_for_update(no_key=True, of=("self",)).get(pk=draw_id)


def _in_state(draw_id: int, *states: Draw.Status) -> Draw:
    lottery = _locked(draw_id)
    if lottery.status not in states:
        raise errors.WrongState(status=lottery.get_status_display())
    return lottery


def _refuse_wrong_entries(lottery: Draw, entries: Sequence[tuple[UUID, int]]) -> None:
    if not entries:
        raise errors.NoEntries
    if len({applicant for applicant, _ in entries}) != len(entries):
        raise errors.WrongEntries(reason="同じ申込者が2度あります")
    if any(not 1 <= units <= LARGEST for _, units in entries):
        raise errors.WrongEntries(reason="希望口数が1以上ではありません")
    if lottery.rule == Rule.SINGLE and any(units != 1 for _, units in entries):
        raise errors.WrongEntries(reason="1口ずつの抽選に、2口以上の希望があります")
    if sum(units for _, units in entries) > LARGEST:
        raise errors.WrongEntries(reason="希望口数の計が大きすぎます")


def _entries(lottery: Draw, entries: Sequence[tuple[UUID, int]]) -> list[Entry]:
    """Return the rows in the order of their new random numbers."""
    # A dict keeps them in the order of their making; a set would hand them out nearly sorted.
    numbers: dict[int, None] = {}
    while len(numbers) < len(entries):
        numbers[FIRST_NUMBER + secrets.randbelow(NUMBERS)] = None
    rows = []
    for number, (applicant, units) in zip(numbers, entries, strict=True):
        salt = secrets.token_bytes(SALT_BYTES)
        person = algorithm.person_of(salt=salt, applicant=applicant.bytes)
        leaf = algorithm.leaf_of(entry_no=number, units=units, person=person)
        rows.append(
            Entry(
                draw=lottery,
                entry_no=number,
                applicant_uuid=applicant,
                salt=salt,
                units=units,
                leaf=leaf,
            )
        )
    return sorted(rows, key=lambda row: row.entry_no)


def _write_entries(rows: Sequence[Entry]) -> None:
    # Far fewer round trips than row by row, and no part comes near the time limit of a page.
    with connection.cursor() as cursor:
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = rows[start : start + ROWS_AT_ONCE]
            cursor.execute(
                """
                INSERT INTO draws_entry (draw_id, entry_no, applicant_uuid, salt, units, leaf)
                SELECT %s, given.* FROM unnest(
                    %s::bigint[], %s::uuid[], %s::bytea[], %s::integer[], %s::bytea[]) AS given
                """,
                [
                    part[0].draw_id,
                    [row.entry_no for row in part],
                    [row.applicant_uuid for row in part],
                    [row.salt for row in part],
                    [row.units for row in part],
                    [row.leaf for row in part],
                ],
            )


def _public_value(value: str) -> str:
    value = unicodedata.normalize("NFKC", value).strip()
    if not 0 < len(value) <= 200 or not value.isprintable():
        raise errors.PublicValueMissing
    return value


def _write_results(lottery: Draw, rows: Sequence[tuple[int, int, int, int]]) -> None:
    with connection.cursor() as cursor:
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = rows[start : start + ROWS_AT_ONCE]
            cursor.execute(
                """
                UPDATE draws_entry AS entry SET rank = result.rank, won_units = result.won_units
                  FROM unnest(%s::integer[], %s::bigint[], %s::integer[])
                       AS result(rank, entry_no, won_units)
                 WHERE entry.draw_id = %s AND entry.entry_no = result.entry_no
                """,
                [
                    [rank for rank, _, _, _ in part],
                    [number for _, number, _, _ in part],
                    [units for _, _, _, units in part],
                    lottery.pk,
                ],
            )
            assert cursor.rowcount == len(part), "every entry has its rank"


def _refuse_faults(lottery: Draw) -> None:
    if queries.faults_of(lottery.pk):
        raise errors.ResultChanged


def _record(
    act: str, lottery: Draw, *, by: User | None, at: datetime, changes: dict[str, object]
) -> None:
    audit.record(
        code=f"draws.draw.{act}",
        target=lottery,
        organization_id=lottery.organization_id,
        by=by,
        at=at,
        changes=changes,
    )

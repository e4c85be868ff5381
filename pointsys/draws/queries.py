import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, QuerySet

from pointsys.common.sealing import SealBroken, unseal
from pointsys.draws import algorithm
from pointsys.draws.models import Draw, Entry
from pointsys.users import queries as users
from pointsys.users.models import User


@dataclass(frozen=True)
class DrawResult:
    """What one entrant asked for and got; rank and won units are None until it is drawn."""

    applicant_uuid: UUID
    entry_no: int
    units: int
    rank: int | None
    won_units: int | None


@dataclass(frozen=True)
class Receipt:
    """With this an entrant finds their line in the published record, and nobody else does."""

    entry_no: int
    units: int
    salt: str
    proof: tuple[tuple[bool, str], ...]


def draws_visible_to(user: User | AnonymousUser) -> QuerySet[Draw]:
    """Return the draws of the clients for which the user holds any staff role."""
    return Draw.objects.filter(organization_id__in=users.client_ids(user)).order_by("-id")


def results_of(draw_id: int) -> list[DrawResult]:
    """Return every entry of a draw, by rank; before the draw by entry number and without rank."""
    rows = (
        Entry.objects.filter(draw_id=draw_id)
        .order_by(F("rank").asc(nulls_last=True), "entry_no")
        .values_list("applicant_uuid", "entry_no", "units", "rank", "won_units")
    )
    return [DrawResult(*row) for row in rows]


def entries_by_number(draw_id: int) -> list[Entry]:
    """Return the entries in the order in which they are frozen."""
    return list(Entry.objects.filter(draw_id=draw_id).order_by("entry_no"))


def leaves_of(entries: Sequence[Entry]) -> list[bytes]:
    """Return the leaves as they follow from the entries now, whatever the rows say they were."""
    return [
        algorithm.leaf_of(entry_no=entry.entry_no, units=entry.units, person=person_of(entry))
        for entry in entries
    ]


def person_of(entry: Entry) -> bytes:
    """Return the digest that stands for the entrant in the published record."""
    return algorithm.person_of(salt=bytes(entry.salt), applicant=entry.applicant_uuid.bytes)


def is_as_frozen(draw: Draw, entries: Sequence[Entry]) -> bool:
    """Tell whether the entries, in the order of their numbers, are those that were frozen."""
    leaves = leaves_of(entries)
    return (
        bool(leaves)
        and leaves == [bytes(entry.leaf) for entry in entries]
        and algorithm.merkle_root(leaves).hex() == draw.entries_root
        and (len(entries), sum(entry.units for entry in entries))
        == (draw.entry_count, draw.requested_units)
    )


def secret_of(draw: Draw) -> bytes:
    """Return the office's half of the seed, which nobody sees before the draw.

    Raises:
        SealBroken: the secret was exchanged or altered.
    """
    context = secret_context(draw)
    assert draw.secret_sealed is not None, "a frozen draw has its secret"
    secret = unseal(bytes(draw.secret_sealed), context=context)
    if hashlib.sha256(secret).hexdigest() != draw.secret_sha256:
        raise SealBroken(context)
    return secret


def secret_context(draw: Draw) -> str:
    """Return what the secret is sealed for."""
    return f"draws.draw:{draw.uuid}"


def record_of(draw_id: int) -> dict[str, Any]:
    """Return what `algorithm.py` checks: everything about a draw but who took part.

    It reveals the secret, so there is none before the draw; it is published after the approval.

    Raises:
        SealBroken: the secret was exchanged or altered.
    """
    return _record(Draw.objects.get(pk=draw_id), entries_by_number(draw_id))


def _record(draw: Draw, entries: Sequence[Entry]) -> dict[str, Any]:
    assert draw.seed, "an undrawn lottery keeps its secret"
    return {
        "version": algorithm.VERSION,
        "draw": str(draw.uuid),
        "title": draw.title,
        "rule": draw.rule,
        "supply": draw.supply,
        "root": draw.entries_root,
        "secret_sha256": draw.secret_sha256,
        "secret": secret_of(draw).hex(),
        "public_value": draw.public_value,
        "seed": draw.seed,
        "result_sha256": draw.result_sha256,
        "entries": [
            {
                "entry_no": entry.entry_no,
                "units": entry.units,
                "person": person_of(entry).hex(),
                "rank": entry.rank,
                "won_units": entry.won_units,
            }
            for entry in entries
        ],
    }


def faults_of(draw_id: int) -> list[str]:
    """Return what of a drawn lottery does not follow from what was frozen; normally nothing."""
    draw = Draw.objects.get(pk=draw_id)
    entries = entries_by_number(draw_id)
    if not is_as_frozen(draw, entries):
        return ["the entries are not those that were frozen"]
    try:
        return algorithm.faults_of(_record(draw, entries))
    except SealBroken:
        return ["the secret was exchanged or altered"]


def receipt_of(*, draw_id: int, applicant_uuid: UUID) -> Receipt | None:
    """Return an entrant's number, salt and way to the root; None where they are not among them."""
    entries = entries_by_number(draw_id)
    for index, entry in enumerate(entries):
        if entry.applicant_uuid == applicant_uuid:
            proof = algorithm.inclusion_proof(leaves_of(entries), index)
            return Receipt(
                entry_no=entry.entry_no,
                units=entry.units,
                salt=bytes(entry.salt).hex(),
                proof=tuple((is_left, digest.hex()) for is_left, digest in proof),
            )
    return None

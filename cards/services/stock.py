"""Deliveries of blank cards: looked at first, then taken once, however often the list is read.

What a card is read by goes from the file into its keyed HMAC and nowhere else: not into the
database, the record, the history, the cache (the file is held sealed) or a message.
"""

import hmac
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final

from django.db import IntegrityError, connection, transaction

from cards import identifiers, stock_list
from cards.errors import StockChanged, StockImportRuns, StockNameTaken
from cards.identifiers import Tap, chip_digests
from cards.models import Card, StockBatch
from cards.stock_list import Field, StockRow, StockRowError
from pointsys.audit import services as audit
from pointsys.programs.models import Program
from pointsys.users.models import User

_BATCH: Final = 5_000
_FILE_NAME_MAX: Final = 200
_LOCK: Final = 0x43415244  # one import at a time in the whole installation
MOST_NUMBERS: Final = 200_000
SHEET_COLUMNS: Final = (
    "カード番号",
    "種類",
    "システムコード",
    "IDm／UID",
    "QRトークン",
    "QRの内容",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class StockReport:
    """What came, or would come, of reading a list."""

    name: str
    file_name: str
    row_count: int
    created_count: int
    unchanged_count: int
    technologies: dict[str, int]
    rejected: tuple[StockRowError, ...]
    batch_id: int | None = None


@dataclass(slots=True)
class _Judged:
    """The rows of a list after they were compared with what is registered."""

    cards: list[Card] = field(default_factory=list)
    unchanged_count: int = 0
    errors: list[StockRowError] = field(default_factory=list)


@transaction.atomic
def import_stock(
    *,
    program: Program,
    name: str,
    content: bytes,
    file_name: str,
    by: User | None,
    at: datetime,
    dry_run: bool = False,
) -> StockReport:
    """Register the blank cards of one delivery; rows that cannot be cards are named and left out.

    A card that is registered as the list says counts as unchanged, so a corrected list can be read
    again and a repeated one writes nothing.

    Raises:
        NotAStockList, TableRefused: the file is no list of cards.
        StockNameTaken: another file was taken under this name.
        StockImportRuns: somebody is importing at this moment.
        StockChanged: another server registered one of the cards meanwhile.
    """
    if not dry_run:
        _take_turn()
    listed = stock_list.read_stock_list(content)
    judged = _judge(program, listed.rows)
    file_hmac = _file_hmac(content)
    same_name = StockBatch.objects.filter(program=program, name=name)
    if judged.cards and same_name.exclude(file_hmac=file_hmac).exists():
        raise StockNameTaken(name=name)
    batch = StockBatch.objects.filter(program=program, file_hmac=file_hmac).first()
    if judged.cards and not dry_run:
        batch = _write(
            batch
            or StockBatch(
                program=program,
                name=name,
                file_name=file_name[:_FILE_NAME_MAX],
                file_hmac=file_hmac,
                card_count=0,
                imported_at=at,
                imported_by=by,
            ),
            judged.cards,
        )
        audit.record(
            code="cards.stock.imported",
            target=batch,
            organization_id=program.client_id,
            by=by,
            at=at,
            changes={
                "rows": listed.row_count,
                "created": len(judged.cards),
                "unchanged": judged.unchanged_count,
                "rejected": len(listed.errors) + len(judged.errors),
            },
        )
    return StockReport(
        name=name,
        file_name=file_name,
        row_count=listed.row_count,
        created_count=len(judged.cards),
        unchanged_count=judged.unchanged_count,
        technologies=dict(Counter(card.technology for card in judged.cards)),
        rejected=tuple(sorted((*listed.errors, *judged.errors), key=lambda e: e.row_number)),
        batch_id=batch.pk if batch else None,
    )


def number_sheet(*, count: int, technology: str) -> Iterator[tuple[str, ...]]:
    """Yield rows for the printer: new card numbers and QR contents, nothing of which is kept.

    The maker prints them and returns the sheet with what the chips are read by; that is the list
    `import_stock` takes. Numbers are random, so two sheets practically never meet; where they do,
    the import names the row.
    """
    felica = identifiers.OWN_SYSTEM if technology == identifiers.FELICA else ""
    words = {"F": "FeliCa", "A": "Type A", "Q": "QR"}[technology]
    made: set[str] = set()
    while len(made) < count:
        number = identifiers.new_face_number()
        if number in made:
            continue
        made.add(number)
        token = identifiers.new_token()
        yield (number, words, felica, "", token, identifiers.qr_payload(token))


def _take_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise StockImportRuns


def _file_hmac(content: bytes) -> str:
    return hmac.digest(identifiers.newest_pepper(), content, sha256).hex()


def _judge(program: Program, rows: Sequence[StockRow]) -> _Judged:
    judged = _Judged()
    version = identifiers.newest_version()
    for start in range(0, len(rows), _BATCH):
        chunk = rows[start : start + _BATCH]
        known = _Known(chunk)
        for row in chunk:
            if known.is_same(row, program_id=program.pk):
                judged.unchanged_count += 1
                continue
            if wrong := known.conflict(row):
                judged.errors.append(wrong)
                continue
            card = Card(
                program=program,
                face_number=row.face_number,
                technology=row.technology,
                identifier_hmac=identifiers.digest(row.chip) if row.chip else None,
                token_hmac=identifiers.digest(row.qr) if row.qr else None,
                pepper_version=version,
            )
            judged.cards.append(card)
    return judged


class _Known:
    """What is registered of the cards of some rows, under any pepper and in any program."""

    def __init__(self, rows: Sequence[StockRow]) -> None:
        self._digests = {
            tap: chip_digests(tap) for row in rows for tap in (row.chip, row.qr) if tap
        }
        chips = [value for row in rows if row.chip for value in self._digests[row.chip]]
        tokens = [value for row in rows if row.qr for value in self._digests[row.qr]]
        self._by_number = {
            card.face_number: card
            for card in Card.objects.filter(face_number__in=[row.face_number for row in rows])
        }
        by_chip = Card.objects.filter(identifier_hmac__in=chips)
        by_token = Card.objects.filter(token_hmac__in=tokens)
        self._taken: set[str | None] = {
            *by_chip.values_list("identifier_hmac", flat=True),
            *by_token.values_list("token_hmac", flat=True),
        }

    def is_same(self, row: StockRow, *, program_id: int) -> bool:
        """Say whether exactly this card is registered in this program."""
        known = self._by_number.get(row.face_number)
        return (
            known is not None
            and known.program_id == program_id
            and _matches(row.chip, known.identifier_hmac)
            and _matches(row.qr, known.token_hmac)
        )

    def conflict(self, row: StockRow) -> StockRowError | None:
        """Return what of this card belongs to another one already."""
        if row.face_number in self._by_number:
            return _taken(row, Field.FACE_NUMBER)
        if row.chip and self._digests[row.chip] & self._taken:
            return _taken(row, Field.IDENTIFIER)
        if row.qr and self._digests[row.qr] & self._taken:
            return _taken(row, Field.TOKEN)
        return None


def _matches(tap: Tap | None, stored: str | None) -> bool:
    return stored is None if tap is None else stored in identifiers.same_digests(tap)


def _taken(row: StockRow, what: Field) -> StockRowError:
    reason = f"この{what.value}は、ほかのカードとしてすでに登録されています"
    return StockRowError(row.row_number, what.value, reason)


def _write(batch: StockBatch, cards: list[Card]) -> StockBatch:
    batch.card_count += len(cards)
    try:
        with transaction.atomic():
            batch.save()
            for card in cards:
                card.batch = batch
            Card.objects.bulk_create(cards, batch_size=_BATCH)
    except IntegrityError as error:
        raise StockChanged from error
    return batch

"""Deliveries of blank cards: looked at first, then taken once, however often the list is read.

What a card is read by goes from the file into its keyed HMAC and nowhere else: not into the
database, the record, the history, the cache (the file is held sealed) or a message.
"""

import hmac
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final

from django.db import IntegrityError, connection, transaction

from cards import identifiers, stock_list
from cards.errors import StockChanged, StockImportRuns, StockNameTaken
from cards.identifiers import StockDigests
from cards.models import Card, StockBatch
from cards.stock_list import Field, StockRow, StockRowError
from pointsys.audit import services as audit
from pointsys.programs.models import Program
from pointsys.users.models import User

# Rows a statement: none of 200,000 cards comes near the time limit of a page's statements.
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


@dataclass(frozen=True, slots=True)
class _NewCard:
    """A card to be registered: what is stored of a row, and nothing that a reader would tell."""

    face_number: str
    technology: str
    identifier_hmac: str | None
    token_hmac: str | None


@dataclass(slots=True)
class _Judged:
    """The rows of a list after they were compared with what is registered."""

    cards: list[_NewCard] = field(default_factory=list)
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
    for start in range(0, len(rows), _BATCH):
        known = _Known(rows[start : start + _BATCH])
        for row, chip, token in known.rows:
            if known.is_same(row, chip, token, program_id=program.pk):
                judged.unchanged_count += 1
            elif wrong := known.conflict(row, chip, token):
                judged.errors.append(wrong)
            else:
                card = _NewCard(
                    face_number=row.face_number,
                    technology=row.technology,
                    identifier_hmac=chip.newest if chip else None,
                    token_hmac=token.newest if token else None,
                )
                judged.cards.append(card)
    return judged


class _Known:
    """What is registered of the cards of some rows, under any pepper and in any program."""

    def __init__(self, rows: Sequence[StockRow]) -> None:
        self.rows = [
            (
                row,
                identifiers.stock_digests(row.chip) if row.chip else None,
                identifiers.stock_digests(row.qr) if row.qr else None,
            )
            for row in rows
        ]
        self._by_number = {
            number: (program_id, identifier_hmac, token_hmac)
            for number, program_id, identifier_hmac, token_hmac in _registered(
                "face_number", (row.face_number for row in rows)
            )
        }
        chips = (value for _, chip, _ in self.rows if chip for value in chip.any_form)
        tokens = (value for _, _, token in self.rows if token for value in token.any_form)
        self._taken = {
            *(found[2] for found in _registered("identifier_hmac", chips)),
            *(found[3] for found in _registered("token_hmac", tokens)),
        }

    def is_same(
        self,
        row: StockRow,
        chip: StockDigests | None,
        token: StockDigests | None,
        *,
        program_id: int,
    ) -> bool:
        """Say whether exactly this card is registered in this program."""
        known = self._by_number.get(row.face_number)
        return (
            known is not None
            and known[0] == program_id
            and _matches(chip, known[1])
            and _matches(token, known[2])
        )

    def conflict(
        self, row: StockRow, chip: StockDigests | None, token: StockDigests | None
    ) -> StockRowError | None:
        """Return what of this card belongs to another one already."""
        if row.face_number in self._by_number:
            return _taken(row, Field.FACE_NUMBER)
        if chip and not self._taken.isdisjoint(chip.any_form):
            return _taken(row, Field.IDENTIFIER)
        if token and not self._taken.isdisjoint(token.any_form):
            return _taken(row, Field.TOKEN)
        return None


def _registered(
    column: str, values: Iterable[str]
) -> list[tuple[str, int, str | None, str | None]]:
    """Return the cards with one of the values: number, program, and what each is stored under.

    One text instead of a parameter a value: 20,000 parameters take longer to hand over than to be
    looked up. Numbers and digests hold no blank.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT face_number, program_id, identifier_hmac, token_hmac FROM cards_card"  # noqa: S608
            f" WHERE {connection.ops.quote_name(column)} = ANY(string_to_array(%s, ' '))",
            [" ".join(values)],
        )
        found: list[tuple[str, int, str | None, str | None]] = cursor.fetchall()
    return found


def _matches(listed: StockDigests | None, stored: str | None) -> bool:
    return stored is None if listed is None else stored in listed.same_form


def _taken(row: StockRow, what: Field) -> StockRowError:
    reason = f"この{what.value}は、ほかのカードとしてすでに登録されています"
    return StockRowError(row.row_number, what.value, reason)


def _write(batch: StockBatch, cards: Sequence[_NewCard]) -> StockBatch:
    batch.card_count += len(cards)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            batch.save()
            # Foreign keys are looked at with each part: at the commit, all at once would take as
            # long as a page's statement may.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for start in range(0, len(cards), _BATCH):
                _insert(batch, cards[start : start + _BATCH])
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError as error:
        raise StockChanged from error
    return batch


def _insert(batch: StockBatch, cards: Sequence[_NewCard]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO cards_card (program_id, batch_id, uuid, face_number, technology,
                                    identifier_hmac, token_hmac, pepper_version, status, reason)
            SELECT %s, %s, gen_random_uuid(), number, technology, chip, token, %s, %s, ''
              FROM unnest(string_to_array(%s, ' '), string_to_array(%s, ' '),
                          string_to_array(%s, ' ', ''), string_to_array(%s, ' ', ''))
                   AS listed (number, technology, chip, token)
            """,
            [
                batch.program_id,
                batch.pk,
                identifiers.newest_version(),
                Card.Status.STOCK.value,
                " ".join(card.face_number for card in cards),
                " ".join(card.technology for card in cards),
                # A card without a chip, or without a code, leaves nothing between two blanks.
                " ".join(card.identifier_hmac or "" for card in cards),
                " ".join(card.token_hmac or "" for card in cards),
            ],
        )

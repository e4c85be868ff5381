"""A maker's list of blank cards, made into rows of one form: pure functions, nothing is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from cards import identifiers
from cards.errors import CardError, NotAStockList
from cards.identifiers import FELICA, OWN_SYSTEM, QR, TRANSIT_SYSTEM, TYPE_A, Tap
from pointsys.common import text
from pointsys.common.tabular import Limits, Record, Table, read_tables, unguarded
from pointsys.common.tabular.headers import match_words

LIMITS: Final = Limits(rows=300_000)


class Field(StrEnum):
    """What a list can say of a card; the value is the word shown to the office."""

    FACE_NUMBER = "カード番号"
    TECHNOLOGY = "種類"
    SYSTEM_CODE = "システムコード"
    IDENTIFIER = "IDm／UID"
    TOKEN = "QRトークン"  # noqa: S105 - the name of a column


_WORDS: Final[dict[Field, str]] = {
    Field.FACE_NUMBER: "カード番号 券面番号 番号 cardnumber facenumber cardno number",
    Field.TECHNOLOGY: "種類 種別 カード種別 チップ チップ種別 type technology chip chiptype",
    Field.SYSTEM_CODE: "システムコード システム systemcode system sc",
    Field.IDENTIFIER: "idmuid idm uid チップid チップ番号 識別子 製造番号 cardid serial",
    Field.TOKEN: "qrトークン トークン qrコード qr qrの内容 token qrtoken qrcode",
}
_TECHNOLOGIES: Final = {
    FELICA: "felica felicalite felicalites フェリカ f typef タイプf nfcf",
    TYPE_A: "a typea タイプa ntag mifare nfca iso14443a",
    QR: "q qr qrコード qrのみ qrcode",
}
_TECHNOLOGY_BY_WORD: Final = {
    word: technology for technology, words in _TECHNOLOGIES.items() for word in words.split()
}


@dataclass(frozen=True, slots=True)
class StockRowError:
    """Why a row was not taken, at which field, and where it stands; never the value itself."""

    row_number: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class StockRow:
    """One blank card; what it is read by stays out of logs."""

    row_number: int
    face_number: str
    technology: str
    chip: Tap | None = field(repr=False)
    qr: Tap | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class StockList:
    """A list as read: rows that can be cards, and every other row with its reason."""

    table: Table = field(repr=False)
    rows: tuple[StockRow, ...] = field(repr=False)
    errors: tuple[StockRowError, ...]

    @property
    def row_count(self) -> int:
        return len(self.table.records)


class _Wrong(Exception):
    """A value that cannot be taken, on its way to becoming a StockRowError."""

    def __init__(self, field: Field, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


def is_stock_list(headers: Sequence[str]) -> bool:
    """Say whether a line of cells can be the header of a list of cards."""
    found = match_words(headers, _WORDS)
    return Field.FACE_NUMBER in found and bool({Field.IDENTIFIER, Field.TOKEN} & found.keys())


def read_stock_list(content: bytes) -> StockList:
    """Read a list of blank cards in CSV, TSV, JSON or .xlsx.

    Raises:
        NotAStockList: there is no such table in the file, or it has no rows.
        TableRefused: the file cannot be read as a table.
    """
    tables = read_tables(content, is_header=is_stock_list, limits=LIMITS)
    table = next((table for table in tables if is_stock_list(table.columns)), None)
    if table is None or not table.records:
        raise NotAStockList
    columns = match_words(table.columns, _WORDS)
    rows: list[StockRow] = []
    errors: list[StockRowError] = []
    seen = _Seen(table)
    for record in table.records:
        try:
            row = _Reader(record, columns).row()
            seen.refuse_twice(row)
        except _Wrong as wrong:
            column = columns.get(wrong.field, wrong.field.value)
            errors.append(StockRowError(record.number, column, wrong.reason))
        else:
            rows.append(row)
    return StockList(table, tuple(rows), tuple(errors))


class _Seen:
    """Where each number, chip and token of the file was first met."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._places: dict[str, int] = {}

    def refuse_twice(self, row: StockRow) -> None:
        """Remember the row; raises `_Wrong` when the file has one of its values already."""
        values = [(Field.FACE_NUMBER, row.face_number)]
        if row.chip:
            # The IDm alone: one chip under two system codes would still be one card.
            values.append((Field.IDENTIFIER, row.chip.identifier))
        if row.qr:
            values.append((Field.TOKEN, row.qr.token))
        for kind, value in values:
            if (place := self._places.get(value)) is not None:
                where = self._table.place(place)
                raise _Wrong(kind, f"同じ{kind.value}が{where}にもあります")
        self._places |= {value: row.row_number for _, value in values}


class _Reader:
    """One row while it is read."""

    def __init__(self, record: Record, columns: dict[Field, str]) -> None:
        self._record, self._columns = record, columns

    def _plain(self, wanted: Field) -> str:
        column = self._columns.get(wanted)
        raw = "" if column is None else self._record.values.get(column, "")
        return text.plain(unguarded(raw.strip())).replace(" ", "")

    def row(self) -> StockRow:
        """Return the card; raises `_Wrong`."""
        if self._record.surplus:
            raise _Wrong(Field.FACE_NUMBER, "見出しより列が多い行です")
        face_number = self._face_number()
        technology = self._technology()
        chip = None if technology == QR else self._chip(technology)
        if technology == QR and self._plain(Field.IDENTIFIER):
            raise _Wrong(Field.TECHNOLOGY, "IDm（UID）のあるカードの種類がQRになっています")
        return StockRow(self._record.number, face_number, technology, chip, self._qr(technology))

    def _face_number(self) -> str:
        typed = self._plain(Field.FACE_NUMBER)
        if not typed:
            raise _Wrong(Field.FACE_NUMBER, "カード番号がありません")
        number = identifiers.read_face_number(typed)
        if number:
            return number
        if "E+" in typed.upper() or (len(typed) == 16 and typed.endswith("0")):
            raise _Wrong(
                Field.FACE_NUMBER,
                "Excel で末尾の数字が失われたようです。文字列の書式で保存し直してください",
            )
        raise _Wrong(
            Field.FACE_NUMBER,
            "カード番号は、9で始まる16けたで、最後のけた（検査数字）が合うものだけ取り込めます",
        )

    def _technology(self) -> str:
        typed = self._plain(Field.TECHNOLOGY).casefold().replace("-", "").replace("_", "")
        if typed:
            if typed in {"b", "typeb", "タイプb"}:
                raise _Wrong(Field.TECHNOLOGY, "Type B のカードは使えません")
            if typed not in _TECHNOLOGY_BY_WORD:
                raise _Wrong(
                    Field.TECHNOLOGY, "種類は、FeliCa・Type A・QR のどれかで書いてください"
                )
            return _TECHNOLOGY_BY_WORD[typed]
        identifier = self._plain(Field.IDENTIFIER)
        if not identifier:
            return QR
        return FELICA if len(identifier) == 16 else TYPE_A

    def _chip(self, technology: str) -> Tap:
        identifier = self._plain(Field.IDENTIFIER).replace("-", "").replace(":", "")
        if not identifier:
            raise _Wrong(Field.IDENTIFIER, "IDm（UID）がありません")
        system_code = ""
        if technology == FELICA:
            system_code = self._plain(Field.SYSTEM_CODE).upper() or OWN_SYSTEM
            if system_code == TRANSIT_SYSTEM:
                raise _Wrong(
                    Field.SYSTEM_CODE,
                    "交通系ICカード（0003）は、発行元の使用許可が要るため取り込めません",
                )
        try:
            return identifiers.tap_of(
                technology=technology, system_code=system_code, identifier=identifier
            )
        except CardError as refusal:
            raise _Wrong(Field.IDENTIFIER, _why(refusal, technology)) from None

    def _qr(self, technology: str) -> Tap | None:
        token = self._plain(Field.TOKEN).upper().removeprefix(identifiers.QR_PREFIX)
        if not token:
            if technology == QR:
                raise _Wrong(Field.TOKEN, "QRトークンがありません（印刷用の番号表の値を書きます）")
            return None
        try:
            return identifiers.tap_of(technology=QR, token=token)
        except CardError:
            raise _Wrong(
                Field.TOKEN, f"QRトークンは、英大文字と数字の{identifiers.TOKEN_LENGTH}文字です"
            ) from None


def _why(refusal: CardError, technology: str) -> str:
    if refusal.code == "cards.unreadable":
        length = "16けた" if technology == FELICA else "14けたか20けた"
        return f"IDm（UID）は、16進数の{length}で書いてください"
    return str(refusal).split("。", maxsplit=1)[0]

"""総合振込 (type 21): the layout of the records and the values that go in.

Offsets and kinds follow the bankers' association's sheet (適用業務およびレコード・フォーマット).
"""

import re
from dataclasses import dataclass, field
from datetime import date

from pointsys.common.zengin.kana import FieldClass
from pointsys.common.zengin.records import Field, Framing, Overflow

TRANSFER_TYPE = "21"
JIS = "0"
EDI_MARK = "Y"
RECORD_BYTES = 120
MAX_AMOUNT_YEN = 9_999_999_999
MAX_TOTAL_YEN = 999_999_999_999
MAX_PAYMENTS = 999_999

PAYER_ACCOUNT_TYPES = {"1": "普通", "2": "当座", "9": "その他"}
PAYEE_ACCOUNT_TYPES = {"1": "普通", "2": "当座", "4": "貯蓄", "9": "その他"}
NEW_CODES = {"0": "その他", "1": "第1回", "2": "変更"}
TRANSFER_CATEGORIES = {"7": "電信", "8": "文書", "0": "指定なし", "": "指定なし"}

HEADER = (
    Field("record_type", 1, "データ区分", numeric=True),
    Field("type_code", 2, "種別コード", numeric=True),
    Field("code_kind", 1, "コード区分", numeric=True),
    Field("consignor_code", 10, "委託者コード", numeric=True),
    Field("consignor_name", 40, "委託者名", field_class=FieldClass.PARTY),
    Field("transfer_mmdd", 4, "振込指定日", numeric=True),
    Field("bank_code", 4, "仕向銀行番号", numeric=True),
    Field("bank_name", 15, "仕向銀行名", field_class=FieldClass.BANK),
    Field("branch_code", 3, "仕向支店番号", numeric=True),
    Field("branch_name", 15, "仕向支店名", field_class=FieldClass.BANK),
    Field("account_type", 1, "預金種目", numeric=True),
    Field("account_number", 7, "口座番号", numeric=True),
    Field("filler", 17, "ダミー"),
)
_DATA_START = (
    Field("record_type", 1, "データ区分", numeric=True),
    Field("bank_code", 4, "被仕向銀行番号", numeric=True),
    Field("bank_name", 15, "被仕向銀行名", field_class=FieldClass.BANK),
    Field("branch_code", 3, "被仕向支店番号", numeric=True),
    Field("branch_name", 15, "被仕向支店名", field_class=FieldClass.BANK),
    Field("clearing_house", 4, "手形交換所番号", numeric=True, blank_ok=True),
    Field("account_type", 1, "預金種目", numeric=True),
    Field("account_number", 7, "口座番号", numeric=True),
    Field("payee_name", 30, "受取人名", field_class=FieldClass.PARTY),
    Field("amount_yen", 10, "振込金額", numeric=True),
    Field("new_code", 1, "新規コード", numeric=True),
)
_CODES = (
    Field("customer_code_1", 10, "顧客コード1", numeric=True),
    Field("customer_code_2", 10, "顧客コード2", numeric=True),
)
# Some banks' sheets give the codes as text.
_TEXT_CODES = (
    Field("customer_code_1", 10, "顧客コード1", field_class=FieldClass.PARTY),
    Field("customer_code_2", 10, "顧客コード2", field_class=FieldClass.PARTY),
)
# With the mark Y the twenty bytes of the two codes carry a text instead.
_EDI = (Field("edi", 20, "EDI情報", field_class=FieldClass.EDI),)
_DATA_END = (
    Field("transfer_category", 1, "振込指定区分", numeric=True, blank_ok=True),
    Field("identification", 1, "識別表示", field_class=FieldClass.PARTY),
    Field("filler", 7, "ダミー"),
)
DATA = _DATA_START + _CODES + _DATA_END
DATA_WITH_TEXT_CODES = _DATA_START + _TEXT_CODES + _DATA_END
DATA_WITH_EDI = _DATA_START + _EDI + _DATA_END
TRAILER = (
    Field("record_type", 1, "データ区分", numeric=True),
    Field("payment_count", 6, "合計件数", numeric=True),
    Field("total_yen", 12, "合計金額", numeric=True),
    Field("filler", 101, "ダミー"),
)
END = (
    Field("record_type", 1, "データ区分", numeric=True),
    Field("filler", 119, "ダミー"),
)
CODES_OFFSET = 91
IDENTIFICATION_OFFSET = 112


@dataclass(frozen=True, order=True)
class MonthDay:
    """A transfer date as the file carries it: without a year."""

    month: int
    day: int

    def __str__(self) -> str:
        return f"{self.month:02}-{self.day:02}"

    @classmethod
    def parse(cls, text: str) -> "MonthDay":
        """Return the day written as MM-DD; raises ValueError otherwise."""
        if not re.fullmatch("[0-9]{2}-[0-9]{2}", text):
            raise ValueError(text)
        return cls(int(text[:2]), int(text[3:]))

    @property
    def exists(self) -> bool:
        """Whether some year has this day."""
        return self._in(2024) is not None

    def near(self, day: date) -> date:
        """Return the date with this month and day that is nearest to a known day."""
        # 29 February may be up to eight years away, around 2100.
        candidates = [self._in(day.year + offset) for offset in range(-8, 9)]
        return min((c for c in candidates if c), key=lambda c: abs(c - day))

    def _in(self, year: int) -> date | None:
        try:
            return date(year, self.month, self.day)
        except ValueError:  # 29 February outside leap years
            return None


@dataclass(frozen=True, kw_only=True)
class TransferHeader:
    """Who pays, from which account, on which day. Names may be given in any kana."""

    consignor_code: str
    consignor_name: str
    bank_code: str
    bank_name: str = ""
    branch_code: str
    branch_name: str = ""
    account_type: str
    account_number: str = field(repr=False)
    transfer_date: date | MonthDay


@dataclass(frozen=True, kw_only=True)
class TransferRow:
    """One payment. A row of 0 yen is no payment and is left out of the file.

    `edi` takes the place of both customer codes. `new_code`, `clearing_house` and
    `transfer_category` are those of the profile unless given.
    """

    bank_code: str
    bank_name: str = ""
    branch_code: str
    branch_name: str = ""
    account_type: str
    account_number: str = field(repr=False)
    payee_name: str = field(repr=False)
    amount_yen: int
    customer_code_1: str = ""
    customer_code_2: str = ""
    edi: str = ""
    new_code: str | None = None
    clearing_house: str | None = None
    transfer_category: str | None = None


STANDARD_FRAMING = Framing()


@dataclass(frozen=True, kw_only=True)
class FileProfile:
    """What differs between banks. A blank clearing house or category is written as spaces."""

    framing: Framing = STANDARD_FRAMING
    on_overflow: Overflow = Overflow.ERROR
    new_code: str = "0"
    clearing_house: str = "0000"
    transfer_category: str = "7"
    customer_codes_as_text: bool = False
    writes_bank_names: bool = True
    requires_bank_day: bool = True
    max_payments: int = MAX_PAYMENTS


STANDARD_PROFILE = FileProfile()


@dataclass(frozen=True, kw_only=True)
class TransferFile:
    """A file that was read: every row as written, the trailer checked against the rows."""

    header: TransferHeader
    rows: tuple[TransferRow, ...]
    profile: FileProfile
    payment_count: int
    total_yen: int
    records: tuple[str, ...]

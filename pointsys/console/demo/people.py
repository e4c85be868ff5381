"""Who can sign in to the demo, and the residents' list as another application would send it."""

from dataclasses import dataclass
from random import Random
from typing import Final

from pointsys.common.municipalities import MIYAGI_UNITS
from pointsys.common.tabular import csv_bytes
from pointsys.console.demo.names import FAMILY, GIVEN_FEMALE, GIVEN_MALE, TOWNS
from pointsys.console.demo.plan import SEED
from pointsys.users.models import Role

PASSWORD: Final = "demo-points-2026"  # noqa: S105 - printed by the launcher, exists in the demo only
MIYAGI: Final = "miyagi"
OSAKI: Final = "osaki"


@dataclass(frozen=True, slots=True)
class StaffPerson:
    """One member of staff: login id, name, employer's code, and roles by client code."""

    username: str
    name: str
    employer: str
    seats: tuple[tuple[str, str], ...]


STAFF: Final = (
    StaffPerson("ken-etsuran", "菅原 由美子", MIYAGI, ((MIYAGI, Role.CLIENT_VIEWER),)),
    StaffPerson("ken-shonin", "及川 正", MIYAGI, ((MIYAGI, Role.CLIENT_APPROVER),)),
    StaffPerson(
        "jimukyoku",
        "大友 彩",
        "jimukyoku",
        ((MIYAGI, Role.OFFICE_CLERK), (OSAKI, Role.OFFICE_CLERK)),
    ),
    StaffPerson(
        "keiri-sakusei",
        "髙橋 直美",
        "jimukyoku",
        ((MIYAGI, Role.FINANCE_PREPARER), (OSAKI, Role.FINANCE_PREPARER)),
    ),
    StaffPerson(
        "keiri-shonin",
        "伊藤 健一",
        "jimukyoku",
        ((MIYAGI, Role.FINANCE_APPROVER), (OSAKI, Role.FINANCE_APPROVER)),
    ),
    StaffPerson("kojin-joho", "小野寺 誠", "jimukyoku", ((MIYAGI, Role.PRIVACY_OFFICER),)),
    StaffPerson("kansa", "熊谷 節子", MIYAGI, ((MIYAGI, Role.AUDITOR), (OSAKI, Role.AUDITOR))),
    StaffPerson(
        "system",
        "千葉 学",
        "jimukyoku",
        ((MIYAGI, Role.SYSTEM_ADMIN), (OSAKI, Role.SYSTEM_ADMIN)),
    ),
    StaffPerson("madoguchi", "佐々木 里奈", "jimukyoku", ((MIYAGI, Role.DESK_OPERATOR),)),
    StaffPerson("madoguchi-sekinin", "早坂 恵子", "jimukyoku", ((MIYAGI, Role.DESK_SUPERVISOR),)),
    StaffPerson("sodankai", "三浦 拓也", "jimukyoku", ((MIYAGI, Role.EVENT_STAFF),)),
    StaffPerson("osaki-shi", "沼倉 隆", OSAKI, ((OSAKI, Role.CLIENT_VIEWER),)),
)
# The first residents of the list have an address to sign in with; the code is in the demo's mail.
RESIDENT_EMAILS: Final = (
    "jumin-1@example.jp",
    "jumin-2@example.jp",
    "jumin-3@example.jp",
)
COLUMNS: Final = (
    "アプリのID",
    "氏名",
    "氏名カナ",
    "市区町村コード",
    "生年",
    "性別",
    "ミニアプリ",
    "メールアドレス",
    "電話番号",
    "住所",
)


def resident_list(*, number: int, prefix: str, codes: tuple[str, ...] = ()) -> bytes:
    """Return a CSV file of fictional residents; Sendai has about half of them."""
    random = Random(f"{SEED}{prefix}")  # noqa: S311 - the same people every time
    units = [unit for unit in MIYAGI_UNITS if not codes or unit.code in codes]
    weights = [
        8 if unit.name.startswith("仙台市") else 2 if not unit.county else 1 for unit in units
    ]
    rows = []
    for serial in range(1, number + 1):
        family, family_kana = random.choice(FAMILY)
        is_female = random.random() < 0.52
        given, given_kana = random.choice(GIVEN_FEMALE if is_female else GIVEN_MALE)
        unit = random.choices(units, weights)[0]
        block = f"{random.choice(TOWNS)}{random.randint(1, 9)}丁目{random.randint(1, 30)}"
        has_email = prefix == "mj" and serial <= len(RESIDENT_EMAILS)
        rows.append(
            (
                f"{prefix}-{serial:06d}",
                f"{family} {given}",
                f"{family_kana} {given_kana}",
                unit.code,
                str(random.randint(1938, 2007)),
                "女性" if is_female else "男性",
                "防災 みやぎポイント" if random.random() < 0.9 else "防災",
                RESIDENT_EMAILS[serial - 1] if has_email else "",
                f"090-0000-{serial:04d}"[:13],
                f"宮城県{unit.full_name}{block}番地",
            )
        )
    return csv_bytes(COLUMNS, rows)

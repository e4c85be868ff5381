"""Prefectures of Japan and the municipalities of Miyagi: codes, names, readings, counties, regions.

Codes are JIS X 0401 and 0402 (five digits, without the check digit). Sendai stands in the table as
the city and as its five wards, so that 39 units remain when the city's own row is left out.
Municipalities of other prefectures are recognised by the form of their names (`addresses.py`).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

PREFECTURES: Final[tuple[str, ...]] = (
    "北海道", "青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県", "茨城県", "栃木県",
    "群馬県", "埼玉県", "千葉県", "東京都", "神奈川県", "新潟県", "富山県", "石川県", "福井県",
    "山梨県", "長野県", "岐阜県", "静岡県", "愛知県", "三重県", "滋賀県", "京都府", "大阪府",
    "兵庫県", "奈良県", "和歌山県", "鳥取県", "島根県", "岡山県", "広島県", "山口県", "徳島県",
    "香川県", "愛媛県", "高知県", "福岡県", "佐賀県", "長崎県", "熊本県", "大分県", "宮崎県",
    "鹿児島県", "沖縄県",
)  # fmt: skip
PREFECTURE_CODES: Final[dict[str, str]] = {
    name: f"{number:02d}" for number, name in enumerate(PREFECTURES, start=1)
}


@dataclass(frozen=True, slots=True)
class Municipality:
    """One city, ward, town or village; `county` is empty for cities and wards."""

    code: str
    name: str
    kana: str
    county: str
    region: str
    prefecture: str = "宮城県"

    @property
    def full_name(self) -> str:
        """The name as an address writes it: with its county, without the prefecture."""
        return f"{self.county}{self.name}"

    @property
    def is_designated_city(self) -> bool:
        """Say whether the unit is a city divided into wards that are units themselves."""
        return self.code == "04100"


_SENNAN, _SENDAI, _OSAKI = "仙南", "仙台都市圏", "大崎"
_ISHINOMAKI, _KESENNUMA = "石巻", "気仙沼・本吉"

MIYAGI: Final[tuple[Municipality, ...]] = (
    Municipality("04100", "仙台市", "センダイシ", "", _SENDAI),
    Municipality("04101", "仙台市青葉区", "センダイシアオバク", "", _SENDAI),
    Municipality("04102", "仙台市宮城野区", "センダイシミヤギノク", "", _SENDAI),
    Municipality("04103", "仙台市若林区", "センダイシワカバヤシク", "", _SENDAI),
    Municipality("04104", "仙台市太白区", "センダイシタイハクク", "", _SENDAI),
    Municipality("04105", "仙台市泉区", "センダイシイズミク", "", _SENDAI),
    Municipality("04202", "石巻市", "イシノマキシ", "", _ISHINOMAKI),
    Municipality("04203", "塩竈市", "シオガマシ", "", _SENDAI),
    Municipality("04205", "気仙沼市", "ケセンヌマシ", "", _KESENNUMA),
    Municipality("04206", "白石市", "シロイシシ", "", _SENNAN),
    Municipality("04207", "名取市", "ナトリシ", "", _SENDAI),
    Municipality("04208", "角田市", "カクダシ", "", _SENNAN),
    Municipality("04209", "多賀城市", "タガジョウシ", "", _SENDAI),
    Municipality("04211", "岩沼市", "イワヌマシ", "", _SENDAI),
    Municipality("04212", "登米市", "トメシ", "", "登米"),
    Municipality("04213", "栗原市", "クリハラシ", "", "栗原"),
    Municipality("04214", "東松島市", "ヒガシマツシマシ", "", _ISHINOMAKI),
    Municipality("04215", "大崎市", "オオサキシ", "", _OSAKI),
    Municipality("04216", "富谷市", "トミヤシ", "", _SENDAI),
    Municipality("04301", "蔵王町", "ザオウマチ", "刈田郡", _SENNAN),
    Municipality("04302", "七ヶ宿町", "シチカシュクマチ", "刈田郡", _SENNAN),
    Municipality("04321", "大河原町", "オオガワラマチ", "柴田郡", _SENNAN),
    Municipality("04322", "村田町", "ムラタマチ", "柴田郡", _SENNAN),
    Municipality("04323", "柴田町", "シバタマチ", "柴田郡", _SENNAN),
    Municipality("04324", "川崎町", "カワサキマチ", "柴田郡", _SENNAN),
    Municipality("04341", "丸森町", "マルモリマチ", "伊具郡", _SENNAN),
    Municipality("04361", "亘理町", "ワタリチョウ", "亘理郡", _SENDAI),
    Municipality("04362", "山元町", "ヤマモトチョウ", "亘理郡", _SENDAI),
    Municipality("04401", "松島町", "マツシママチ", "宮城郡", _SENDAI),
    Municipality("04404", "七ヶ浜町", "シチガハママチ", "宮城郡", _SENDAI),
    Municipality("04406", "利府町", "リフチョウ", "宮城郡", _SENDAI),
    Municipality("04421", "大和町", "タイワチョウ", "黒川郡", _SENDAI),
    Municipality("04422", "大郷町", "オオサトチョウ", "黒川郡", _SENDAI),
    Municipality("04424", "大衡村", "オオヒラムラ", "黒川郡", _SENDAI),
    Municipality("04444", "色麻町", "シカマチョウ", "加美郡", _OSAKI),
    Municipality("04445", "加美町", "カミマチ", "加美郡", _OSAKI),
    Municipality("04501", "涌谷町", "ワクヤチョウ", "遠田郡", _OSAKI),
    Municipality("04505", "美里町", "ミサトマチ", "遠田郡", _OSAKI),
    Municipality("04581", "女川町", "オナガワチョウ", "牡鹿郡", _ISHINOMAKI),
    Municipality("04606", "南三陸町", "ミナミサンリクチョウ", "本吉郡", _KESENNUMA),
)
MIYAGI_UNITS: Final[tuple[Municipality, ...]] = tuple(
    unit for unit in MIYAGI if not unit.is_designated_city
)


@lru_cache(maxsize=1)
def _by_code() -> dict[str, Municipality]:
    return {unit.code: unit for unit in MIYAGI}


def municipality(code: str) -> Municipality | None:
    """Return the unit of a five- or six-digit code, or None when the table does not hold it."""
    return _by_code().get(code[:5])


@lru_cache(maxsize=1)
def names() -> dict[str, Municipality]:
    """Return every spelling an address may use, with and without the county, and its unit."""
    spellings: dict[str, Municipality] = {}
    for unit in MIYAGI:
        for spelling in {unit.name, unit.full_name}:
            spellings[spelling] = unit
            for variant, standard in (("塩釜", "塩竈"), ("七ケ", "七ヶ"), ("七が", "七ヶ")):
                spellings[spelling.replace(standard, variant)] = unit
    return spellings


def prefecture_of(code: str) -> str:
    """Return the prefecture's name of any municipality code, or nothing when there is none."""
    number = int(code[:2]) if code[:2].isdecimal() else 0
    return PREFECTURES[number - 1] if 1 <= number <= len(PREFECTURES) else ""


def check_digit(code: str) -> str:
    """Return the sixth digit of a five-digit municipality code (JIS X 0402, weights 6 to 2)."""
    total = sum(int(digit) * weight for digit, weight in zip(code, range(6, 1, -1), strict=True))
    return str((11 - total % 11) % 10)

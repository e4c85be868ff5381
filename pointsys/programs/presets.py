"""Rules that come with the product: three lists of prohibited goods and two ready programs.

The lists follow the clients' specifications clause by clause (ST-04). A program takes a copy, so a
client can change its own list without touching another's. Labels are read by residents and shops of
whichever client takes a list: they name nobody. `source` is for staff.
"""

from datetime import datetime
from typing import Final

from pointsys.common.clock import JST
from pointsys.programs.errors import UnknownPreset
from pointsys.programs.rules import Good, ProgramRules

_CASHABLE_OF_MIYAGI: Final = (
    ("securities", "有価証券"),
    ("gift-certificates", "商品券"),
    ("beer-coupons", "ビール券"),
    ("book-coupons", "図書券"),
    ("postcards", "官製はがき"),
    ("revenue-stamps", "印紙"),
    ("prepaid-cards", "プリペイドカード"),
    ("cashable", "そのほか換金性の高いもの"),
)


def _miyagi(clause: str, premises_clause: str) -> tuple[Good, ...]:
    return (
        *(Good(code, label, clause) for code, label in _CASHABLE_OF_MIYAGI),
        Good("adult-business", "風営法第2条第5項の営業に係る支払い", clause),
        Good("excluded-premises", "反社会的勢力と関係がある施設での支払い", premises_clause),
        Good("unsuitable", "事業の趣旨と目的から適切ではないと実施主体が判断したもの", clause),
    )


MIYAGI_2024: Final = _miyagi("令和6年度仕様書 7(3)ト", "令和6年度仕様書 7(3)ヘ")
MIYAGI_2025: Final = (
    *_miyagi("令和7年度仕様書 7(1)ニ②", "令和7年度仕様書 7(1)ニ①"),
    Good(
        "tobacco",
        "たばこ（たばこ事業法第36条の定価外販売に当たるため）",
        "令和7年度仕様書 7(1)ニ② なお書き",
    ),
)
_KURAYOSHI: Final = "倉吉市仕様書 5(2)エ"
KURAYOSHI_2025: Final = (
    Good("taxes", "税金", f"{_KURAYOSHI}(ア)"),
    Good("transfers", "振込代金と振込手数料", f"{_KURAYOSHI}(ア)"),
    Good("water-bills", "水道料金", f"{_KURAYOSHI}(ア)"),
    Good("debts", "そのほか出資や債務の支払い", f"{_KURAYOSHI}(ア)"),
    Good("securities", "有価証券", f"{_KURAYOSHI}(イ)"),
    Good("vouchers", "金券", f"{_KURAYOSHI}(イ)"),
    Good(
        "gift-certificates",
        "商品券（ビール券、清酒券、おこめ券、図書券、店舗が独自に発行するものなど）",
        f"{_KURAYOSHI}(イ)",
    ),
    Good("travel-coupons", "旅行券", f"{_KURAYOSHI}(イ)"),
    Good("ride-tickets", "乗車券", f"{_KURAYOSHI}(イ)"),
    Good("postage-stamps", "切手", f"{_KURAYOSHI}(イ)"),
    Good("postcards", "はがき", f"{_KURAYOSHI}(イ)"),
    Good("revenue-stamps", "印紙", f"{_KURAYOSHI}(イ)"),
    Good("prepaid-cards", "プリペイドカード", f"{_KURAYOSHI}(イ)"),
    Good("cashable", "そのほか換金性の高いもの", f"{_KURAYOSHI}(イ)"),
    Good("tobacco", "製造たばこ（電子たばこを含む）", f"{_KURAYOSHI}(ウ)"),
    Good("real-estate", "土地や家屋の購入など、不動産の保有に関わる支払い", f"{_KURAYOSHI}(エ)"),
    Good("cash-conversion", "現金との換金", f"{_KURAYOSHI}(オ)"),
    Good("deposits", "金融機関への預け入れ", f"{_KURAYOSHI}(オ)"),
    Good("adult-business", "風営法第2条の営業に係る支払い", f"{_KURAYOSHI}(カ)"),
    Good("religion-politics", "特定の宗教団体や政治団体と関わるもの", f"{_KURAYOSHI}(キ)"),
    Good("public-morals", "公序良俗に反するもの", f"{_KURAYOSHI}(キ)"),
    Good("unsuitable", "利用店舗と実施主体が適当と認めないもの", f"{_KURAYOSHI}(ク)"),
)
# What no voucher buys, for a client whose own specification says nothing else.
VOUCHERS: Final = tuple(Good(good.code, good.label) for good in KURAYOSHI_2025)
PROHIBITED_GOODS: Final[dict[str, tuple[Good, ...]]] = {
    "miyagi-2024": MIYAGI_2024,
    "miyagi-2025": MIYAGI_2025,
    "kurayoshi-2025": KURAYOSHI_2025,
    "vouchers": VOUCHERS,
}
PROHIBITED_GOODS_NAMES: Final = {
    "miyagi-2024": "宮城県 令和6年度の一覧",
    "miyagi-2025": "宮城県 令和7年度の一覧（たばこを含む）",
    "kurayoshi-2025": "倉吉市 令和7年度の一覧（商品券）",
    "vouchers": "商品券の一般的な一覧（根拠なし）",
}

# Usage from 28 May 2025 to the end of 28 February 2026; points die at the instant use ends.
MIYAGI: Final = ProgramRules(
    name="みやぎポイント",
    area_codes=("04",),
    area_name="宮城県内全域",
    grant_starts_at=datetime(2025, 5, 28, tzinfo=JST),
    grant_ends_at=datetime(2026, 3, 1, tzinfo=JST),
    usage_starts_at=datetime(2025, 5, 28, tzinfo=JST),
    usage_ends_at=datetime(2026, 3, 1, tzinfo=JST),
    points_expire_at=datetime(2026, 3, 1, tzinfo=JST),
    issuance_ceiling_points=443_750_000,
    system_fee_basis_points=50,
    settlement_payment_day=20,
    settlement_payment_shift="PREVIOUS",
    file_lead_bank_days=2,
    theme="green",
    desk_name="みやぎポイント コールセンター",
    desk_phone="0120-000-000",
    desk_hours="午前9時から午後5時30分まで（土日も受付。祝日と年末年始は休み）",
    prohibited_goods=MIYAGI_2025,
)
# Round 1 is used from May to October, round 2 from July to December: 100,000 sets of 6,000 points.
KURAYOSHI: Final = ProgramRules(
    name="倉吉市 プレミアムデジタル商品券",
    area_codes=("31203",),
    area_name="倉吉市内",
    grant_starts_at=datetime(2025, 5, 1, tzinfo=JST),
    grant_ends_at=datetime(2026, 1, 1, tzinfo=JST),
    usage_starts_at=datetime(2025, 5, 1, tzinfo=JST),
    usage_ends_at=datetime(2026, 1, 1, tzinfo=JST),
    points_expire_at=datetime(2026, 1, 1, tzinfo=JST),
    issuance_ceiling_points=600_000_000,
    theme="brick",
    desk_phone="0120-000-001",
    desk_hours="午前9時から午後6時まで（土日祝日と年末年始は休み）",
    prohibited_goods=KURAYOSHI_2025,
)
PRESETS: Final[dict[str, ProgramRules]] = {"miyagi": MIYAGI, "kurayoshi": KURAYOSHI}


def preset(name: str) -> ProgramRules:
    """Return the rules of a ready program.

    Raises:
        UnknownPreset: there is none of this name.
    """
    if name not in PRESETS:
        raise UnknownPreset(preset=name, known="、".join(sorted(PRESETS)))
    return PRESETS[name]

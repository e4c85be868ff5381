import time

import pytest

from pointsys.common import text
from pointsys.common.addresses import read_address
from stores.importing.duplicates import Candidate, Evidence, propose_duplicates


def shop(number, name, address="", phone="", kind="row"):
    digits = text.read_phone(phone).digits
    key = read_address(address).key
    return Candidate((kind, number), text.name_key(name), key, digits, text.is_shared_line(digits))


def evidence(*shops):
    return [proposal.evidence for proposal in propose_duplicates(list(shops), [])]


@pytest.mark.req("ST-02")
@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (
            shop(1, "牛たん炭焼利久　花京院店", "仙台市青葉区 本町1-12-1"),
            shop(2, "牛たん炭焼 利久 花京院店", "宮城県仙台市青葉区本町一丁目12番1号 1階"),
            [Evidence.SAME_NAME_AND_PLACE],
        ),
        (
            shop(1, "Barn金八", "仙台市青葉区一番町2-3-30-42", "022-266-5626"),
            shop(2, "Barn 金八", "仙台市青葉区一番町2-3-30", "０２２ー２６６ー５６２６"),
            [Evidence.SAME_NAME_AND_PHONE],
        ),
        (
            shop(1, "すし哲仙台エスパル店", "仙台市青葉区中央1-1-1", "022-716-1075"),
            shop(2, "塩竈すし哲 エスパル仙台店", "仙台市青葉区中央1-1-1", "022-716-1075"),
            [Evidence.SIMILAR_NAME_AND_PHONE],
        ),
        (
            shop(1, "菓子工房こもれび 名取美田園店", "名取市美田園九丁目4番地"),
            shop(2, "菓子工房 こもれび 名取美田園", "名取市美田園9-4"),
            [Evidence.SIMILAR_NAME_AND_PLACE],
        ),
        (
            shop(1, "魚民 熊本", "熊本県熊本市中央区手取本町1-1"),
            shop(2, "魚民 熊本店", "熊本県熊本市中央区手取本町1-1"),
            [Evidence.SIMILAR_NAME_AND_PLACE],
        ),
        (
            shop(1, "スーパーまるみつ 上杉店", "仙台市青葉区上杉一丁目1番地"),
            shop(2, "スーパーまるみつ 上杉店", "仙台市青葉区上杉"),
            [Evidence.SAME_NAME_AND_TOWN],
        ),
        (
            shop(1, "スーパーまるみつ 上杉店", "仙台市青葉区"),
            shop(2, "スーパーまるみつ 上杉店", "仙台市青葉区上杉1-1"),
            [Evidence.SAME_NAME_AND_TOWN],
        ),
    ],
)
def test_what_may_be_one_shop_is_proposed_with_its_evidence(one, other, expected):
    assert evidence(one, other) == expected


@pytest.mark.req("ST-02")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (shop(1, "みなと商店", "", "022-111-2222"), shop(2, "やまと食堂", "", "022-111-2222")),
        (
            shop(1, "ガスト 生駒店", "", "0120-498-007"),
            shop(2, "ガスト 生駒東店", "", "0120-498-007"),
        ),
        (
            shop(1, "杵屋 百貨店内店", "", "0744-25-1111"),
            shop(2, "華の風 百貨店内店", "", "0744-25-1111"),
        ),
        (shop(1, "魚民", "石巻市立町1-1"), shop(2, "魚民", "石巻市立町1-2")),
        (shop(1, "みなと商店"), shop(2, "みなと商店")),
        (
            shop(1, "まるみつ 上杉店", "仙台市青葉区上杉1-1"),
            shop(2, "まるみつ 将監店", "仙台市泉区将監15-2"),
        ),
        (shop(1, "魚民 本店", "石巻市立町1-1"), shop(2, "魚民 支店", "石巻市立町1-1")),
        (shop(1, "魚民", "石巻市立町"), shop(2, "魚民 本店", "石巻市立町")),
        (shop(1, "魚民", "石巻市立町1-1"), shop(2, "魚民 本店", "石巻市立町1-2")),
        (shop(1, "魚民", "仙台市青葉区国分町"), shop(2, "魚民", "仙台市青葉区上杉1-1")),
        (shop(1, "魚民", "仙台市青葉区"), shop(2, "魚民", "仙台市泉区将監15-2")),
    ],
    ids=[
        "shared telephone",
        "call centre",
        "tenants",
        "chain",
        "nothing but the name",
        "branches",
        "head shop and branch",
        "one town without a block",
        "branches in one street",
        "another town",
        "another municipality",
    ],
)
def test_a_shared_telephone_or_name_alone_is_no_duplicate(one, other):
    assert evidence(one, other) == []


def test_each_pair_is_proposed_once_and_equal_rows_point_to_the_first():
    shops = [shop(n, "みなと商店", "石巻市立町1-1", "0225-11-2222") for n in range(4)]

    proposals = propose_duplicates(shops, [])

    assert [(p.ref[1], p.other[1]) for p in proposals] == [(1, 0), (2, 0), (3, 0)]


def test_existing_shops_are_compared_with_but_never_proposed_themselves():
    existing = [shop(n, "みなと商店", "石巻市立町1-1", kind="store") for n in (7, 8)]

    [proposal] = propose_duplicates([shop(0, "みなと商店", "石巻市立町1-1")], existing)

    assert (proposal.ref, proposal.other) == (("row", 0), ("store", 7))


def test_a_chain_with_many_shops_in_one_municipality_is_not_proposed_by_name_alone():
    shops = [shop(n, "魚民", f"石巻市立町1-{n + 1}") for n in range(9)]

    assert evidence(*shops, shop(9, "魚民", "石巻市")) == []
    assert evidence(*shops[:2], shop(9, "魚民", "石巻市")) == [Evidence.SAME_NAME_AND_TOWN] * 2


def test_the_cost_grows_with_the_rows_also_when_all_share_one_name_and_town():
    shops = [shop(n, "魚民", f"石巻市立町1-{n}" if n % 2 else "石巻市") for n in range(20_000)]

    start = time.monotonic()
    propose_duplicates(shops, [])

    assert time.monotonic() - start < 5


def test_the_cost_grows_with_the_rows_also_when_all_share_one_telephone():
    shops = [shop(n, f"みなと商店{n}号店", "", "0225-11-2222") for n in range(20_000)]

    start = time.monotonic()
    propose_duplicates(shops, [])

    assert time.monotonic() - start < 5

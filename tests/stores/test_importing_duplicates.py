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
    ],
    ids=["shared telephone", "call centre", "tenants", "chain", "nothing but the name"],
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


def test_the_cost_grows_with_the_rows_also_when_all_share_one_telephone():
    shops = [shop(n, f"みなと商店{n}号店", "", "0225-11-2222") for n in range(20_000)]

    start = time.monotonic()
    propose_duplicates(shops, [])

    assert time.monotonic() - start < 30

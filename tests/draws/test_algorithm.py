"""The lottery's rules against slow and obvious ones, and against chance itself."""

import hashlib
import itertools
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.draws import algorithm

REQUESTS = st.lists(st.integers(1, 9), min_size=1, max_size=30)


def seeds(count: int) -> list[bytes]:
    return [hashlib.sha256(str(number).encode()).digest() for number in range(count)]


def every_allocation(requests, supply):
    """Yield each way to hand out all that can be handed out."""
    total = min(supply, sum(requests))
    ways = itertools.product(*(range(units + 1) for units in requests))
    return (way for way in ways if sum(way) == total)


@pytest.mark.req("VO-04")
def test_most_people_is_the_leximin_allocation_in_every_small_case():
    """The poorest get as much as can be, then the next; among equals the first in order."""
    cases = 0
    for size in range(1, 5):
        for requests in itertools.product(range(1, 5), repeat=size):
            for supply in range(1, sum(requests) + 2):
                best = max(every_allocation(requests, supply), key=lambda w: (sorted(w), w))
                assert algorithm.most_people(requests, supply) == list(best), (requests, supply)
                cases += 1

    assert cases >= 2_000


def test_a_rule_that_fills_the_first_ones_up_is_not_leximin():
    """The negative control of the comparison above."""
    greedy, left = [], 3
    for units in (3, 1, 1):
        greedy.append(min(units, left))
        left -= greedy[-1]

    best = max(every_allocation((3, 1, 1), 3), key=lambda way: (sorted(way), way))

    assert (list(best), greedy) == ([1, 1, 1], [3, 0, 0])


@pytest.mark.parametrize("rule", algorithm.RULES)
@given(requests=REQUESTS, supply=st.integers(1, 200))
def test_no_rule_gives_more_than_there_is_or_than_was_asked_for(rule, requests, supply):
    if rule == "SINGLE":
        requests = [1] * len(requests)

    won = algorithm.allocate(rule, requests, supply)

    assert sum(won) <= supply
    assert all(0 <= given <= asked for given, asked in zip(won, requests, strict=True))
    if sum(requests) <= supply:
        assert won == requests
    elif rule != "ALL_OR_NOTHING":
        assert sum(won) == supply


@given(requests=REQUESTS, supply=st.integers(1, 200))
def test_all_or_nothing_skips_only_what_does_not_fit(requests, supply):
    won = algorithm.all_or_nothing(requests, supply)

    left = supply
    for given_units, asked in zip(won, requests, strict=True):
        assert given_units == (asked if asked <= left else 0)
        left -= given_units


@given(requests=REQUESTS, supply=st.integers(1, 200))
def test_a_proportional_cut_is_less_than_one_unit_away_from_the_proportion(requests, supply):
    won = algorithm.proportional_cut(requests, supply)

    total = sum(requests)
    if total > supply:
        for given_units, asked in zip(won, requests, strict=True):
            assert abs(given_units * total - asked * supply) < total


@pytest.mark.parametrize(
    ("rule", "requests", "supply", "won"),
    [
        ("SINGLE", [1, 1, 1], 2, [1, 1, 0]),
        ("MOST_PEOPLE", [3, 1, 2, 5], 2, [1, 1, 0, 0]),
        ("MOST_PEOPLE", [3, 1, 2, 5], 6, [2, 1, 2, 1]),
        ("MOST_PEOPLE", [3, 1, 2, 5], 8, [3, 1, 2, 2]),
        ("ALL_OR_NOTHING", [3, 4, 2, 1], 6, [3, 0, 2, 1]),
        ("PROPORTIONAL_CUT", [5, 5, 2], 7, [3, 3, 1]),
        ("PROPORTIONAL_CUT", [1, 1, 1], 2, [1, 1, 0]),
    ],
)
def test_rules_on_examples(rule, requests, supply, won):
    assert algorithm.allocate(rule, requests, supply) == won


def test_the_order_is_the_one_of_the_keyed_digests_and_no_other():
    """Worked out once by hand: it must never change, or old draws could not be checked."""
    seed = bytes(range(32))

    order = algorithm.order_of(seed, [10_000_000, 20_000_000, 30_000_000, 40_000_000])

    assert order == sorted(
        order,
        key=lambda n: (
            subprocess.run(
                ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{seed.hex()}"],
                input=n.to_bytes(8, "big"),
                capture_output=True,
                check=True,
            ).stdout
        ),
    )


def test_every_place_is_as_likely_for_everybody():
    """Chi-square over 3,000 fixed seeds: 25 degrees of freedom stay below 52.6 (p = 0.001)."""
    numbers, draws = [11_111_111, 22_222_222, 33_333_333, 44_444_444, 55_555_555, 66_666_666], 3_000
    places: Counter[tuple[int, int]] = Counter()
    for seed in seeds(draws):
        places.update(enumerate(algorithm.order_of(seed, numbers)))

    expected = draws / len(numbers)
    chi_square = sum(
        (places[rank, number] - expected) ** 2 / expected for rank in range(6) for number in numbers
    )

    assert chi_square < 52.6


def test_an_order_that_favours_small_numbers_would_be_noticed():
    """The negative control: one draw in ten simply sorted fails the same measure."""
    numbers, draws = [11_111_111, 22_222_222, 33_333_333, 44_444_444, 55_555_555, 66_666_666], 3_000
    places: Counter[tuple[int, int]] = Counter()
    for index, seed in enumerate(seeds(draws)):
        order = sorted(numbers) if index % 10 == 0 else algorithm.order_of(seed, numbers)
        places.update(enumerate(order))

    expected = draws / len(numbers)
    chi_square = sum(
        (places[rank, number] - expected) ** 2 / expected for rank in range(6) for number in numbers
    )

    assert chi_square > 52.6


def test_the_seed_hangs_on_each_of_its_parts():
    parts = {
        "draw": "a",
        "root": "bc",
        "rule": "SINGLE",
        "supply": 10,
        "secret": b"s" * 32,
        "public_value": "3-1-4",
    }
    others = {
        "draw": "ab",
        "root": "c",
        "rule": "MOST_PEOPLE",
        "supply": 11,
        "secret": b"t" * 32,
        "public_value": "3-1-5",
    }

    found = {algorithm.seed_of(**parts | {name: other}) for name, other in others.items()}
    # Parts run into each other only without their lengths.
    found.add(algorithm.seed_of(**parts | {"draw": "ab", "root": "c"}))

    assert len(found | {algorithm.seed_of(**parts)}) == 8


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 13])
def test_every_entry_is_shown_to_stand_under_the_root(count):
    leaves = [hashlib.sha256(bytes([number])).digest() for number in range(count)]
    root = algorithm.merkle_root(leaves)

    for index, leaf in enumerate(leaves):
        proof = algorithm.inclusion_proof(leaves, index)
        assert algorithm.root_of_proof(leaf, proof) == root
        assert algorithm.root_of_proof(b"x" * 32, proof) != root


def test_the_root_is_the_one_of_rfc_6962():
    """Of three leaves: the first two together, then the third."""
    first, second, third = (bytes([n]) * 32 for n in range(3))
    pair = hashlib.sha256(b"\x01" + first + second).digest()

    assert algorithm.merkle_root([first, second, third]) == (
        hashlib.sha256(b"\x01" + pair + third).digest()
    )


def test_the_file_needs_nothing_but_the_standard_library():
    """A resident downloads this one file; -I and -S leave no other package to import."""
    file = Path(algorithm.__file__)

    answer = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import runpy; runpy.run_path({str(file)!r})"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (answer.returncode, answer.stderr) == (0, "")


def test_large_draws_take_seconds():
    """300,000 entries: a prefecture's campaign fits into one request of the office."""
    rng = random.Random(1)
    requests = [rng.randint(1, 5) for _ in range(300_000)]

    for rule in ("MOST_PEOPLE", "ALL_OR_NOTHING", "PROPORTIONAL_CUT"):
        assert sum(algorithm.allocate(rule, requests, 500_000)) == 500_000
    assert len(algorithm.order_of(b"s" * 32, range(300_000))) == 300_000

"""The lottery itself: from frozen entries, a secret and a public value to ranks and won units.

Pure and of the standard library alone, so that anybody can run this very file over a published
record and see whether every line of it follows:

    python algorithm.py record.json

1. leaf   = SHA-256(0x00, entry number, units, person), person = SHA-256(salt, applicant): the salt
            is the entrant's own, so the published digest tells nobody who it is
2. root   = Merkle tree over the leaves in the order of their entry numbers, as in RFC 6962
3. seed   = SHA-256 over draw, root, rule, supply, SHA-256(secret), secret and public value
4. order  = entry numbers by ascending HMAC-SHA256(seed, entry number)
5. units  = the rule of the draw, in that order

Numbers are 8 bytes, big-endian; the parts of a seed carry their length before them.
"""

import hashlib
import hmac
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

VERSION: Final = "pointsys-draw-1"
LEAF: Final = b"\x00"
NODE: Final = b"\x01"


def number_bytes(number: int) -> bytes:
    """Return a number as it goes into a digest."""
    return number.to_bytes(8, "big")


def person_of(*, salt: bytes, applicant: bytes) -> bytes:
    """Return the digest that stands for an entrant; without the salt it tells nobody who it is."""
    return hashlib.sha256(salt + applicant).digest()


def leaf_of(*, entry_no: int, units: int, person: bytes) -> bytes:
    """Return the digest of one entry as it is frozen."""
    return hashlib.sha256(LEAF + number_bytes(entry_no) + number_bytes(units) + person).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaves that stand in the order of their entry numbers."""
    assert leaves, "a draw without entries has no root"
    level = list(leaves)
    while len(level) > 1:
        pairs = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[tuple[bool, bytes]]:
    """Return what leads from a leaf to the root: each neighbour, and whether it stands left."""
    level, proof = list(leaves), []
    while len(level) > 1:
        neighbour = index ^ 1
        if neighbour < len(level):
            proof.append((neighbour < index, level[neighbour]))
        pairs = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level, index = pairs + level[len(pairs) * 2 :], index // 2
    return proof


def root_of_proof(leaf: bytes, proof: Sequence[tuple[bool, bytes]]) -> bytes:
    """Return the root that a leaf and its proof lead to."""
    for is_left, neighbour in proof:
        leaf = _node(neighbour, leaf) if is_left else _node(leaf, neighbour)
    return leaf


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(NODE + left + right).digest()


def seed_of(
    *, draw: str, root: str, rule: str, supply: int, secret: bytes, public_value: str
) -> bytes:
    """Return the seed: the office's secret and a value it could not know, over what was frozen."""
    parts = [
        VERSION.encode(),
        draw.encode(),
        root.encode(),
        rule.encode(),
        str(supply).encode(),
        hashlib.sha256(secret).hexdigest().encode(),
        secret,
        public_value.encode(),
    ]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(number_bytes(len(part)) + part)
    return digest.digest()


def order_of(seed: bytes, entry_numbers: Sequence[int]) -> list[int]:
    """Return the entry numbers from the first rank to the last."""
    return sorted(
        entry_numbers,
        key=lambda number: (
            hmac.digest(seed, number_bytes(number), "sha256"),
            number,
        ),
    )


def single(requests: Sequence[int], supply: int) -> list[int]:
    """Give one unit to each until none is left."""
    return [1 if rank < supply else 0 for rank in range(len(requests))]


def most_people(requests: Sequence[int], supply: int) -> list[int]:
    """Give everyone one unit first, then one more to all who asked for more, and so on.

    The last level that does not reach all goes to the first in order (the leximin allocation).
    """
    level, left = 0, min(supply, sum(requests))
    while wanting := sum(units > level for units in requests):
        if wanting > left:
            break
        level, left = level + 1, left - wanting
    won = [min(units, level) for units in requests]
    for rank, units in enumerate(requests):
        if left and units > level:
            won[rank], left = level + 1, left - 1
    return won


def all_or_nothing(requests: Sequence[int], supply: int) -> list[int]:
    """Give each all it asked for; who does not fit into what is left gets nothing."""
    won = []
    for units in requests:
        given = units if units <= supply else 0
        supply -= given
        won.append(given)
    return won


def proportional_cut(requests: Sequence[int], supply: int) -> list[int]:
    """Cut all requests in one proportion; what rounding leaves goes to the largest remainders."""
    total = sum(requests)
    if total <= supply:
        return list(requests)
    won = [units * supply // total for units in requests]
    by_remainder = sorted(
        range(len(requests)), key=lambda rank: (-(requests[rank] * supply % total), rank)
    )
    for rank in by_remainder[: supply - sum(won)]:
        won[rank] += 1
    return won


RULES: Final[Mapping[str, Callable[[Sequence[int], int], list[int]]]] = {
    "SINGLE": single,
    "MOST_PEOPLE": most_people,
    "ALL_OR_NOTHING": all_or_nothing,
    "PROPORTIONAL_CUT": proportional_cut,
}


def allocate(rule: str, requests: Sequence[int], supply: int) -> list[int]:
    """Return the won units of requests that stand in the order of the draw."""
    return RULES[rule](requests, supply)


def result_digest(*, draw: str, seed: str, rows: Sequence[tuple[int, int, int, int]]) -> str:
    """Return the digest that is approved: over (rank, entry number, units, won units) by rank."""
    lines = [VERSION, draw, seed, *(",".join(map(str, row)) for row in sorted(rows))]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def faults_of(record: Mapping[str, Any]) -> list[str]:
    """Return what in a published record does not follow; an honest draw has no faults."""
    faults = []
    entries = sorted(record["entries"], key=lambda entry: entry["entry_no"])
    requests = {entry["entry_no"]: entry["units"] for entry in entries}
    if len(requests) != len(entries):
        faults.append("an entry number appears twice")
    leaves = [
        leaf_of(
            entry_no=entry["entry_no"],
            units=entry["units"],
            person=bytes.fromhex(entry["person"]),
        )
        for entry in entries
    ]
    if merkle_root(leaves).hex() != record["root"]:
        faults.append("the entries are not those that were frozen")
    secret = bytes.fromhex(record["secret"])
    if hashlib.sha256(secret).hexdigest() != record["secret_sha256"]:
        faults.append("the secret is not the one whose digest was shown before")
    seed = seed_of(
        draw=record["draw"],
        root=record["root"],
        rule=record["rule"],
        supply=record["supply"],
        secret=secret,
        public_value=record["public_value"],
    )
    if seed.hex() != record["seed"]:
        faults.append("the seed does not follow from the secret and the public value")
    order = order_of(seed, list(requests))
    won = allocate(record["rule"], [requests[number] for number in order], record["supply"])
    expected = [
        (rank, number, requests[number], units)
        for rank, (number, units) in enumerate(zip(order, won, strict=True), start=1)
    ]
    shown = [(row["rank"], row["entry_no"], row["units"], row["won_units"]) for row in entries]
    if sorted(shown) != expected:
        faults.append("ranks or won units do not follow from the seed")
    digest = result_digest(draw=record["draw"], seed=record["seed"], rows=shown)
    if digest != record["result_sha256"]:
        faults.append("the result is not the one whose digest was approved")
    return faults


def main(path: str) -> int:
    """Check a record and say what was found; 0 where everything follows."""
    record = json.loads(Path(path).read_text(encoding="utf-8"))
    faults = faults_of(record)
    for fault in faults:
        sys.stdout.write(f"FAULT: {fault}\n")
    if not faults:
        sys.stdout.write(
            f"OK: {len(record['entries'])} entries, result {record['result_sha256']}\n"
        )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

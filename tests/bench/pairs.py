"""Alternating slices and their medians."""

import sys
from collections.abc import Callable
from statistics import median
from typing import Any

PAIRS = 5


def interleave(
    ours: Callable[[], float], reference: Callable[[], float], *, label: str
) -> dict[str, Any]:
    """Run both in turns, the first pair unrecorded, and return medians and the pairs' ratios."""
    pairs = []
    for number in range(PAIRS + 1):
        pair = (ours(), reference())
        if number:
            pairs.append(pair)
        print(f"{label}: {number}/{PAIRS}  {pair[0]:.0f} : {pair[1]:.0f}", file=sys.stderr)
    ratios = sorted(mine / other for mine, other in pairs)
    return {
        "ours": round(median(mine for mine, _ in pairs)),
        "reference": round(median(other for _, other in pairs)),
        "ratio": round(median(ratios), 3),
        "ratio_range": [round(ratios[0], 3), round(ratios[-1], 3)],
    }

"""`make bench`: one JSON object a line — name, ours, reference, ratio.

Each of our figures is taken beside its reference on the same server in the same run, in short
slices that alternate (A B A B …) after a first pair that is thrown away; the ratio is the median of
the pairs' ratios, given with its range. Absolute figures say something about this machine only.
"""

import json
import os
import sys

import django


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all of them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pointsys.settings.dev")
    django.setup()
    from tests.bench import pages, payments

    benchmarks = {"payments": payments.run, "balance_page": pages.run}
    unknown = set(names) - benchmarks.keys()
    if unknown:
        print(f"unknown benchmark: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    for name in names or benchmarks:
        print(json.dumps({"name": name, **benchmarks[name]()}, ensure_ascii=False), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

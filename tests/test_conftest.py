"""The promises of tests/conftest.py: no network, and skips that cannot hide where they count."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest

@pytest.fixture(scope="session", autouse=True)
def _flush_past_the_append_only_triggers():
    "What is examined here needs no Django."

@pytest.mark.vectors
def test_vectors(): pass

@pytest.mark.browser
def test_browser(): pass

@pytest.mark.vectors
def test_gives_up():
    pytest.skip("no files of this kind")
"""
SETTINGS = "[pytest]\nmarkers =\n    vectors\n    browser\n"


@pytest.fixture
def suite(tmp_path):
    (tmp_path / "conftest.py").write_text((Path(__file__).parent / "conftest.py").read_text())
    (tmp_path / "test_marked.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text(SETTINGS)

    def run(**environment):
        result = subprocess.run(
            [sys.executable, "-m", "pytest", "-rA", "-p", "no:django", "-p", "no:randomly", "."],
            cwd=tmp_path,
            env={**os.environ, "POINTSYS_REQUIRE_VECTORS": "", "POINTSYS_REQUIRE_BROWSER": ""}
            | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return result.stdout.splitlines()[-1], result.stdout

    return run


def test_without_vectors_and_browser_their_tests_are_skipped_with_a_reason(suite, tmp_path):
    summary, output = suite(POINTSYS_VECTORS=str(tmp_path / "none"), PATH="/nonexistent")

    assert "3 skipped" in summary
    assert f"there is no folder of vectors at {tmp_path / 'none'}" in output
    assert "there is no Chromium on this machine" in output


def test_where_they_are_required_a_skip_fails(suite, tmp_path):
    summary, output = suite(
        POINTSYS_VECTORS=str(tmp_path / "none"),
        PATH="/nonexistent",
        POINTSYS_REQUIRE_VECTORS="1",
        POINTSYS_REQUIRE_BROWSER="1",
    )

    assert "3 errors" in summary
    assert "passed" not in summary
    assert output.count("this may not be skipped here") >= 3


def test_a_skip_inside_a_required_test_fails(suite, tmp_path):
    summary, output = suite(
        POINTSYS_VECTORS=str(tmp_path), POINTSYS_CHROMIUM="/bin/true", POINTSYS_REQUIRE_VECTORS="1"
    )

    assert "1 failed, 2 passed" in summary
    assert "no files of this kind" in output


def test_a_test_cannot_reach_another_machine():
    with pytest.raises(RuntimeError, match=r"connect to 192\.0\.2\.1"), socket.socket() as outside:
        outside.connect(("192.0.2.1", 80))
    with pytest.raises(RuntimeError, match=r"look up points\.example\.jp"):
        socket.getaddrinfo("points.example.jp", 443)

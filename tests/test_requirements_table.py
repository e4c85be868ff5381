from tests.plugins import requirements


def test_each_requirement_stands_once_in_the_source():
    ids = [row["id"] for row in requirements.requirements()]

    assert len(ids) == len(set(ids)) == 140
    assert all(row["clause"] and row["title"] for row in requirements.requirements())


def test_the_table_names_the_tests_of_a_requirement():
    rows = [
        {"id": "LG-01", "clause": "S1-6", "title": "Programs"},
        {"id": "LG-02", "clause": "S3-2", "title": "Grants"},
    ]

    page = requirements.table(rows, {"LG-01": {"tests/b.py::test_b", "tests/a.py::test_a"}})

    assert "Shown by at least one test: 1 of 2." in page
    assert "| LG-01 | Programs | S1-6 | `tests/a.py::test_a`<br>`tests/b.py::test_b` |" in page
    assert "| LG-02 | Grants | S3-2 | – |" in page


def test_an_unknown_id_and_a_stale_page_fail(monkeypatch, tmp_path, capsys):
    marks = requirements.Marks()
    marks.tests["XX-99"].add("tests/a.py::test_a")
    monkeypatch.setattr(requirements, "collect", lambda: marks)
    monkeypatch.setattr(requirements, "TABLE", tmp_path / "requirements.md")

    unknown = requirements.main(["--check"])
    marks.tests.clear()
    stale = requirements.main(["--check"])
    written = requirements.main([])
    current = requirements.main(["--check"])

    assert (unknown, stale, written, current) == (1, 1, 0, 0)
    assert "XX-99" in capsys.readouterr().err

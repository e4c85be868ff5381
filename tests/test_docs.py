"""Documents that name files, commands, codes and labels are held to what there is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands
from django.db.models import Field, TextChoices

from ledger.models.wallets import Source
from pointsys.users.models import Role

PROJECT = Path(__file__).resolve().parents[1]
PAGES = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md")])
ADRS = sorted(PROJECT.glob("docs/adr/[0-9]*.md"))
GLOSSARY = PROJECT / "docs/glossary.md"
ROOMS = (
    "pointsys",
    "stores",
    "ledger",
    "settlement",
    "vouchers",
    "cards",
    "callcenter",
    "consultations",
)
ADR_HEADINGS = ["Status", "Context", "Decision", "Consequences"]
# Their labels explain themselves; the glossary says that they are left out.
NOT_EXPLAINED = {
    "programs.Theme",
    "programs.Program.FeeRounding",
    "residents.Resident.Sex",
    "settlement.BankFileProfile",
}


def _name(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def _links(page: Path) -> Iterator[str]:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    yield from re.findall(r"\]\(([^)\s]+)\)", text)
    yield from re.findall(r'(?:src|href)="([^"]+)"', text)


def _anchors(page: Path) -> set[str]:
    """Return the anchors that the headings of a page get on the usual hosts."""
    headings = re.findall(r"^#{1,6} (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in kept}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_relative_link_leads_to_something(page: Path):
    broken = []
    for link in _links(page):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_make_target_that_a_page_names_exists(page: Path):
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))

    named = set(re.findall(r"\bmake (?:-s )?([a-z][a-z-]*)(?=[`\s]|$)", _code_of(page)))

    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_management_command_that_a_page_names_exists(page: Path):
    text = page.read_text(encoding="utf-8")

    named = set(re.findall(r"manage\.py ([a-z_]+)", text))

    assert named <= get_commands().keys()


def _code_of(page: Path) -> str:
    """Return what a page sets as code: spans, fences and the environment's commands."""
    text = page.read_text(encoding="utf-8")
    fences = re.findall(r"```[^\n]*\n(.*?)```", text, flags=re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return "\n".join([*fences, *spans])


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_file_of_ours_that_a_page_names_exists(page: Path):
    rooms = "|".join([*ROOMS, "templates", "tests", "docs"])
    named = re.findall(rf"`((?:{rooms})/[\w./-]*\w)/?`", page.read_text(encoding="utf-8"))

    missing = [name for name in named if not (PROJECT / name).exists()]

    assert missing == []


def test_the_readme_names_both_commands_before_anything_else():
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")

    commands = re.findall(r"`?(make [a-z]+)", readme)

    assert commands[:2] == ["make run", "make test"]
    assert readme.index("make test") < readme.index("\n## ")


@pytest.mark.parametrize("adr", ADRS, ids=_name)
def test_every_decision_has_its_four_parts_and_fits_on_a_page(adr: Path):
    text = adr.read_text(encoding="utf-8")

    headings = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)

    assert headings == ADR_HEADINGS
    assert text.startswith(f"# {adr.name[:4]} ")
    assert len(text.splitlines()) <= 60


def test_every_decision_is_listed_under_its_own_title():
    index = (PROJECT / "docs/adr/README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[(\d{4})\]\(([^)]+)\) \| (.+) \|$", index, flags=re.MULTILINE)

    found = [
        (adr.name[:4], adr.name, adr.read_text(encoding="utf-8").splitlines()[0][7:])
        for adr in ADRS
    ]

    assert listed == found


def _choices() -> dict[str, type[TextChoices]]:
    """Return the choices of our models by the name the glossary gives them."""
    found: dict[str, type[TextChoices]] = {"users.Role": Role, "ledger.Source": Source}
    for model in apps.get_models():
        if model.__module__.split(".")[0] not in ROOMS:
            continue
        for name, value in vars(model).items():
            if isinstance(value, type) and issubclass(value, TextChoices):
                found[f"{model._meta.app_label}.{model.__name__}.{name}"] = value
    return {
        name: choices
        for name, choices in sorted(found.items())
        if not any(name == left or name.startswith(f"{left}.") for left in NOT_EXPLAINED)
    }


def _explained(name: str) -> list[tuple[str, str]]:
    """Return codes and labels of one table of the glossary, each with a meaning."""
    text = GLOSSARY.read_text(encoding="utf-8")
    section = re.search(rf"^### {re.escape(name)}\n(.*?)(?=^##|\Z)", text, flags=re.M | re.S)
    if section is None:
        return []
    rows = re.findall(r"^\| (\S*) +\| (.+?) \| (.+?) \|$", section[1], flags=re.MULTILINE)
    return [(code, label) for code, label, meaning in rows if code != "Code"]


@pytest.mark.parametrize("name", _choices())
def test_the_glossary_explains_every_code_with_the_label_of_its_model(name: str):
    choices = _choices()[name]

    assert _explained(name) == [(str(value), str(label)) for value, label in choices.choices]


def test_the_glossary_explains_no_choices_that_are_gone():
    named = re.findall(r"^### (.+)$", GLOSSARY.read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert sorted(named) == sorted(_choices())


def test_every_field_with_choices_takes_them_from_a_class_that_is_checked():
    checked = {tuple(map(tuple, c.choices)) for c in _choices().values()}
    unexplained = []
    for model in apps.get_models():
        if model.__module__.split(".")[0] not in {"stores", "ledger"}:
            continue
        for field in model._meta.get_fields():
            if isinstance(field, Field) and field.choices:
                choices = tuple((str(value), str(label)) for value, label in field.choices)
                if choices not in checked and not model.__name__.endswith("Event"):
                    unexplained.append(str(field))

    assert unexplained == []

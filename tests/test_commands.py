"""What all our commands have in common: how they name a program and a person, and one page."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class

from pointsys.users.models import Organization, Role
from tests.factories import OrganizationFactory, ProgramFactory, UserFactory, staff_of

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
OURS = {name: app for name, app in get_commands().items() if app.split(".")[0] in ROOMS}
PAGE = Path(__file__).resolve().parents[1] / "docs/commands.md"
# What each command that acts on a program needs beside --program and --by.
PROGRAM_COMMANDS = {
    "approve_stores": ("--all", "--reason", "県の一覧"),
    "close_month": ("--month", "2025-08"),
    "grant_points": ("--name", "第1回", "--all", "100"),
    "import_bank_accounts": ("none.csv",),
    "import_residents": ("none.csv",),
    "import_stores": ("none.csv",),
    "issue_tills": (),
    "pay": ("--resident", "app-1", "--till", "2345678A", "--points", "1"),
    "prepare_batch": ("--month", "2025-08"),
}
# Commands that may run without a person say why beside their --by.
WITHOUT_A_PERSON = {
    "create_program",
    "import_bank_accounts",
    "import_residents",
    "import_stores",
}


def options_of(name):
    parser = load_command_class(OURS[name], name).create_parser("manage.py", name)
    return {option: action for action in parser._actions for option in action.option_strings}


def run(name, program, by):
    named = [f"--program={program}", *([] if by is None else [f"--by={by}"])]
    call_command(name, *PROGRAM_COMMANDS[name], *named, stdout=StringIO(), stderr=StringIO())


def test_every_command_is_on_the_page_of_commands_and_nothing_else():
    listed = re.findall(r"^\| `([a-z_]+)", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert len(listed) == len(set(listed))
    assert set(listed) == set(OURS)


def test_every_option_that_the_page_names_belongs_to_its_command():
    wrong = [
        (name, option)
        for name, row in re.findall(
            r"^\| `([a-z_]+)(.*)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE
        )
        for option in re.findall(r"(?<![\w-])--[a-z-]+", row)
        if option not in options_of(name) and name != "zengin"
    ]

    assert wrong == []


def test_every_command_that_acts_on_a_program_is_examined_here():
    acting = {name for name in OURS if {"--program", "--by"} <= options_of(name).keys()}

    assert acting == set(PROGRAM_COMMANDS)


def test_only_commands_with_a_reason_for_it_run_without_a_person():
    asking = {name: options_of(name)["--by"] for name in OURS if "--by" in options_of(name)}

    assert {name for name, option in asking.items() if not option.required} == WITHOUT_A_PERSON


@pytest.mark.django_db
@pytest.mark.parametrize("name", PROGRAM_COMMANDS)
def test_a_command_refuses_an_unknown_program_and_an_unknown_person_in_the_same_words(name):
    program = ProgramFactory()
    gone = staff_of(program.client, *Role, is_active=False)

    with pytest.raises(CommandError, match=r"^事業コード「none」の事業はありません。$"):
        run(name, "none", gone.username)
    for login in ("nobody", "", gone.username):
        with pytest.raises(CommandError, match=rf"^ログインID「{login}」の人はいません。$"):
            run(name, program.code, login)


@pytest.mark.django_db
@pytest.mark.req("SP-02")
@pytest.mark.parametrize("name", PROGRAM_COMMANDS)
def test_a_command_refuses_who_holds_no_role_and_who_holds_it_for_another_client(name):
    program = ProgramFactory()
    stranger = staff_of(OrganizationFactory(), *Role)
    viewer = staff_of(program.client, Role.CLIENT_VIEWER)

    for person in (UserFactory(), stranger, viewer):
        with pytest.raises(CommandError, match=r"^.* には、この操作をする役割がありません。$"):
            run(name, program.code, person.username)


@pytest.mark.django_db
@pytest.mark.req("SP-02")
def test_a_program_is_set_up_only_for_a_client_whose_office_one_works_in():
    client = OrganizationFactory(code="miyagi")
    OrganizationFactory(code="office", kind=Organization.Kind.CONTRACTOR)
    stranger = staff_of(OrganizationFactory(), Role.OFFICE_CLERK)
    approver = staff_of(client, Role.FINANCE_APPROVER)
    words = ("--preset=miyagi", "--code=miyagi-2025", "--operator=office")

    def create(**named):
        options = [f"--{name}={value}" for name, value in named.items()]
        call_command("create_program", *words, *options, stdout=StringIO())

    for person in (stranger, approver):
        with pytest.raises(CommandError, match="役割がありません"):
            create(client="miyagi", by=person.username)
    with pytest.raises(CommandError, match=r"^組織コード「none」の組織はありません。$"):
        create(client="none")
    with pytest.raises(CommandError, match=r"^ログインID「」の人はいません。$"):
        create(client="miyagi", by="")

    assert not client.programs.exists()

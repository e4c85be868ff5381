"""Decisions from every app: each kind has an owner, and the inbox tells who, what and how much."""

import ast
import importlib
from pathlib import Path

import pytest
import time_machine
from django.urls import get_resolver, reverse

from pointsys.approvals import services as approvals
from pointsys.console import decisions
from pointsys.users.models import Role
from stores.models import BankAccount
from tests.factories import StoreFactory
from tests.programs.factories import NOON, make_client, make_program, make_staff

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("pointsys", "stores", "ledger", "settlement", "vouchers", "cards", "callcenter")
ROOMS += ("consultations",)


@pytest.fixture(autouse=True)
def _at_noon(settings):
    settings.REQUIRE_SECOND_FACTOR = False
    with time_machine.travel(NOON, tick=False):
        yield


def asked_kinds():
    """Return the kinds that any code asks for, whether written out or named by a constant."""
    found = {}
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "ask":
                for argument in node.keywords:
                    if argument.arg == "kind":
                        found[kind_of(path, argument.value)] = path.name
    return found


def kind_of(path, value):
    if isinstance(value, ast.Constant):
        return value.value
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return eval(ast.unparse(value), vars(module))  # noqa: S307 - a name of our own source


@pytest.mark.req("AD-06")
def test_every_kind_that_is_asked_for_has_an_owner_and_no_owner_is_left_over():
    assert set(asked_kinds()) == set(decisions.OWNERS)


@pytest.mark.parametrize("kind", decisions.OWNERS)
def test_the_page_of_an_owner_exists_and_takes_the_row(kind):
    namespace, _, name = decisions.OWNERS[kind].url_name.partition(":")

    address = reverse(decisions.OWNERS[kind].url_name, args=[1])

    assert get_resolver().resolve(address).view_name == f"{namespace}:{name}"


@pytest.fixture
def asked(db):
    program = make_program()
    store = StoreFactory(client=program.client)
    account = BankAccount.objects.create(
        store=store,
        details_sealed=b"-",
        fingerprint="f" * 64,
        bank_name="七十七銀行",
        branch_name="本店",
        number_tail="123",
        registered_at=NOON,
    )
    clerk = make_staff(program.client, Role.OFFICE_CLERK)
    approvals.ask(
        organization_id=program.client_id,
        kind="stores.account_change",
        subject=account,
        digest="0" * 64,
        title="振込口座の変更　こもれび",
        by=clerk,
        at=NOON,
    )
    return program, clerk


def header_count(page):
    return "件があなたの決定待ち" in page


@pytest.mark.req("AD-06")
def test_what_waits_for_me_stands_on_my_home_and_its_number_on_every_page(client, asked):
    program, _ = asked
    client.force_login(make_staff(program.client, Role.FINANCE_APPROVER))

    page = client.get(reverse("console:home")).content.decode()
    elsewhere = client.get(reverse("stores:home")).content.decode()

    assert "振込口座の変更　こもれび" in page
    assert "担当 花子" in page
    assert header_count(page)
    assert header_count(elsewhere)


def test_what_i_asked_for_and_what_is_not_mine_to_decide_is_not_counted(client, asked):
    program, clerk = asked
    for user in (clerk, make_staff(program.client, Role.CLIENT_VIEWER)):
        client.force_login(user)

        page = client.get(reverse("console:home")).content.decode()

        assert not header_count(page)
        assert "ほかの人の決定待ち 1件" in page


def test_another_clients_question_is_nobodys_business(client, asked):
    client.force_login(make_staff(make_client("大崎市"), Role.FINANCE_APPROVER))

    page = client.get(reverse("console:approvals")).content.decode()

    assert "こもれび" not in page
    assert not header_count(page)


def test_whoever_decides_nothing_costs_no_query(asked, django_assert_num_queries):
    program, _ = asked
    viewer = make_staff(program.client, Role.CLIENT_VIEWER)

    with django_assert_num_queries(1):  # the roles
        assert decisions.waiting_count(viewer) == 0


@pytest.mark.req("AD-06")
@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("kind", decisions.OWNERS)
def test_the_inbox_links_what_the_reader_may_open_and_nothing_else(client, db, kind, role):
    program = make_program()
    reader = make_staff(program.client, role)
    approvals.ask(
        organization_id=program.client_id,
        kind=kind,
        subject=program,
        digest="0" * 64,
        title="決めること",
        by=make_staff(program.client, Role.OFFICE_CLERK),
        at=NOON,
    )
    client.force_login(reader)
    address = reverse(decisions.OWNERS[kind].url_name, args=[program.pk])

    page = client.get(reverse("console:approvals")).content.decode()

    # There is no such row here: whoever may open the page is told so, others are refused.
    may_open = client.get(address).status_code == 404
    if kind == "vouchers.draw":  # before its results are public, for those who act on it
        may_open = may_open and role in {Role.OFFICE_CLERK, Role.CLIENT_APPROVER}
    assert (f'href="{address}"' in page) is may_open
    if role in {Role.EVENT_STAFF, Role.DESK_OPERATOR, Role.DESK_SUPERVISOR}:
        assert ("決めること" in page) is may_open

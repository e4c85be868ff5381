"""Whoever takes a list or a paper out of the console is on record; whoever is refused is not."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pointsys.audit.models import AuditEvent
from pointsys.audit.services import record_export
from pointsys.users.models import Role
from settlement.models import Statement
from tests.factories import NOON, OrganizationFactory, StoreFactory, StoreStaffFactory, staff_of
from tests.settlement.builders import AUGUST, build_scene

pytestmark = [pytest.mark.django_db, pytest.mark.req("SP-02")]
# What is asked for, the act on record, its words, its format, and how many rows leave.
EXPORTS = [
    ("stores.csv", "stores.list.exported", "加盟店の一覧を書き出した", "csv", 2),
    ("stores.xlsx", "stores.list.exported", "加盟店の一覧を書き出した", "xlsx", 2),
    ("stand", "stores.stands.exported", "台紙を印刷した", "pdf", 1),
    ("stands", "stores.stands.exported", "台紙を印刷した", "pdf", 1),
    ("statements.csv", "settlement.statements.exported", "支払明細の一覧", "csv", 2),
    ("statements.xlsx", "settlement.statements.exported", "支払明細の一覧", "xlsx", 2),
    ("statement.pdf", "settlement.statement.exported", "支払明細書を印刷した", "pdf", 1),
    ("lines.csv", "settlement.statement_lines.exported", "支払明細の内訳", "csv", 3),
    ("admin stores", "stores.store.exported", "管理サイトで店舗", "csv", 2),
    ("admin clients", "users.organization.exported", "管理サイトで発注者", "xlsx", 1),
    ("audit.csv", "audit.events.exported", "監査記録を書き出した", "csv", None),
]


@pytest.fixture(autouse=True)
def _one_factor(settings):
    """The second factor of staff is shown elsewhere."""
    settings.REQUIRE_SECOND_FACTOR = False


@pytest.fixture
def scene():
    """A closed month of two stores, the first with two payments and a refund."""
    scene = build_scene()
    scene.open_store("04-00001")
    scene.open_store("04-00002")
    scene.pay("04-00001", 1_200)
    scene.refund(scene.pay("04-00001", 450), 450, at=NOON)
    scene.pay("04-00002", 700)
    scene.close()
    return scene


def taken(client, scene, what):
    """Ask for one export and read it to its end."""
    month = [scene.program.code, AUGUST]
    statement = Statement.objects.get(store_code="04-00001")
    store = statement.store
    ways = {
        "stores.csv": lambda: client.get(reverse("stores:export", args=["csv"])),
        "stores.xlsx": lambda: client.get(reverse("stores:export", args=["xlsx"])),
        "stand": lambda: client.get(reverse("stores:stand", args=[store.tills.get().pk])),
        "stands": lambda: client.post(reverse("stores:stands"), {"store": [store.pk]}),
        "statements.csv": lambda: client.get(reverse("settlement:statements_csv", args=month)),
        "statements.xlsx": lambda: client.get(reverse("settlement:statements_xlsx", args=month)),
        "statement.pdf": lambda: client.get(
            reverse("settlement:statement_pdf", args=[statement.pk])
        ),
        "lines.csv": lambda: client.get(reverse("settlement:statement_lines", args=[statement.pk])),
        "admin stores": lambda: client.post(
            reverse("admin:stores_store_export"), {"format": "0", "storeresource_name": "on"}
        ),
        "admin clients": lambda: client.post(
            reverse("admin:users_organization_export"),
            {"format": "1", "organizationresource_name": "on"},
        ),
        "audit.csv": lambda: client.get(reverse("console:audit_export")),
    }
    answer = ways[what]()
    answer.getvalue()
    return answer


@pytest.mark.parametrize("export", EXPORTS, ids=[row[0] for row in EXPORTS])
def test_an_export_leaves_one_event_with_who_and_how_many(client, scene, export):
    what, code, words, file_format, rows = export
    user = staff_of(scene.program.client, Role.AUDITOR)
    client.force_login(user)
    before = set(AuditEvent.objects.values_list("pk", flat=True))

    with CaptureQueriesContext(connection) as captured:
        answer = taken(client, scene, what)

    event = AuditEvent.objects.exclude(pk__in=before).get()
    assert answer.status_code == 200
    assert (event.code, event.by, event.organization) == (code, user, scene.program.client)
    assert event.changes["format"] == file_format
    assert event.changes["rows"] == (len(before) if rows is None else rows)
    inserts = [query["sql"] for query in captured if 'INSERT INTO "audit' in query["sql"]]
    assert len(inserts) == 1
    assert words in client.get(reverse("console:audit")).text


@pytest.mark.parametrize("what", [row[0] for row in EXPORTS])
@pytest.mark.parametrize("who", ["nobody", "desk", "other client's event staff", "store"])
def test_a_refused_export_leaves_none(client, scene, what, who):
    if who == "desk":
        client.force_login(staff_of(scene.program.client, Role.DESK_OPERATOR))
    elif who == "store":
        client.force_login(StoreStaffFactory(store=scene.tills["04-00001"].store).user)
    elif who != "nobody":
        client.force_login(staff_of(OrganizationFactory(), Role.EVENT_STAFF))
    before = AuditEvent.objects.count()

    answer = taken(client, scene, what)

    assert answer.status_code in {302, 403}
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("what", ["stand", "statements.csv", "statement.pdf", "lines.csv"])
def test_what_another_client_asks_for_is_not_found_and_leaves_none(client, scene, what):
    client.force_login(staff_of(OrganizationFactory(), Role.AUDITOR))
    before = AuditEvent.objects.count()

    answer = taken(client, scene, what)

    assert answer.status_code == 404
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("address", ["stores", "statements", "audit"])
def test_what_was_searched_for_is_not_on_record(client, scene, address):
    client.force_login(staff_of(scene.program.client, Role.AUDITOR))
    url = {
        "stores": reverse("stores:export", args=["csv"]),
        "statements": reverse("settlement:statements_csv", args=[scene.program.code, AUGUST]),
        "audit": reverse("console:audit_export"),
    }[address]
    word = "kanno-yumiko"

    client.get(url, {"words": word, "person": word}).getvalue()

    event = AuditEvent.objects.get(code__endswith=".exported")
    assert word not in json.dumps(event.changes)
    assert event.changes["filters"]["person" if address == "audit" else "words"] is True


def test_a_list_over_two_clients_is_on_record_with_each_of_them(client, scene):
    other = StoreFactory()
    user = staff_of(scene.program.client, Role.AUDITOR)
    user.memberships.create(organization=other.client, role=Role.AUDITOR)
    client.force_login(user)

    taken(client, scene, "admin stores")

    events = AuditEvent.objects.filter(code="stores.store.exported")
    rows = {event.organization_id: event.changes["rows"] for event in events}
    assert rows == {scene.program.client_id: 2, other.client_id: 1}


@pytest.mark.django_db(transaction=True)
def test_an_export_is_recorded_outside_a_transaction_too():
    organization = OrganizationFactory()
    user = staff_of(organization, Role.AUDITOR)

    record_export(
        by=user, what="stores.list", row_counts={organization.pk: 0}, file_format="csv", at=NOON
    )

    event = AuditEvent.objects.get()
    assert (event.target_kind, event.target_id) == ("users.User", str(user.pk))
    assert event.changes == {"rows": 0, "format": "csv"}

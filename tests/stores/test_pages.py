"""Who may open and do what on the office's pages of stores, and what bad input does to them."""

import pytest
from django.urls import reverse

from pointsys.approvals.models import Approval
from pointsys.audit.models import AuditEvent
from pointsys.users.models import Role
from stores import services
from stores.models import Enrolment, MergeProposal, StoreApplication, StoreStaff, Till
from tests.factories import (
    NOON,
    EnrolmentFactory,
    ProgramFactory,
    ResidentFactory,
    StoreFactory,
    StoreStaffFactory,
    TillFactory,
    staff_of,
)
from tests.stores.factories import ApplicationFactory, ProposalFactory, account

pytestmark = pytest.mark.django_db

LOOKING = (
    Role.CLIENT_VIEWER,
    Role.CLIENT_APPROVER,
    Role.AUDITOR,
    Role.FINANCE_PREPARER,
    Role.SYSTEM_ADMIN,
)


@pytest.fixture(autouse=True)
def _one_factor(settings):
    """Staff without a second factor see nothing at all; that is shown elsewhere."""
    settings.REQUIRE_SECOND_FACTOR = False


@pytest.fixture
def world():
    """One of everything that a page can be about."""

    class World:
        program = ProgramFactory()
        enrolment = EnrolmentFactory(program=program)
        store = enrolment.store
        till = services.issue_till(program_id=program.pk, store_id=store.pk, by=None, at=NOON)
        application = ApplicationFactory(program=program)
        doubtful = ApplicationFactory(program=program)
        proposal = ProposalFactory(application=doubtful, other_store=store)
        clerk = staff_of(program.client, Role.OFFICE_CLERK)
        staff = StoreStaffFactory(store=store)
        change = None

    services.submit_bank_account(
        store_id=World.store.pk, details=account(), by=World.clerk, at=NOON
    )
    World.change = services.submit_bank_account(
        store_id=World.store.pk, details=account(account_number="7654321"), by=World.clerk, at=NOON
    )
    return World


def pages(world):
    """Every address that only shows something, and who else may not."""
    return [
        reverse("stores:home"),
        reverse("stores:applications"),
        reverse("stores:proposals"),
        reverse("stores:account_changes"),
        reverse("stores:export", args=["csv"]),
        reverse("stores:export", args=["xlsx"]),
        reverse("stores:store", args=[world.store.pk]),
        reverse("stores:application", args=[world.application.pk]),
        reverse("stores:application", args=[world.doubtful.pk]),
        reverse("stores:account_change", args=[world.change.pk]),
        reverse("stores:stand", args=[world.till.pk]),
    ]


def forms(world):
    """Every page that leads to an act."""
    return [
        reverse("stores:account", args=[world.store.pk, "bank"]),
        reverse("stores:account", args=[world.store.pk, "yucho"]),
        reverse("stores:enrolment_act", args=[world.enrolment.pk, "suspend"]),
        reverse("stores:till_revoke", args=[world.till.pk]),
        reverse("stores:contact", args=[world.store.pk]),
        reverse("stores:import"),
        reverse("stores:account_list"),
    ]


def acts(world):
    """Every address that changes something, with what it needs."""
    return [
        (
            reverse("stores:application", args=[world.application.pk]),
            {"decision": "approve", "reason": "可"},
        ),
        (reverse("stores:approve_many"), {"application": [world.application.pk], "reason": "可"}),
        (reverse("stores:decide_proposal", args=[world.proposal.pk]), {"answer": "same"}),
        (reverse("stores:enrolment_act", args=[world.enrolment.pk, "suspend"]), {"reason": "調査"}),
        (reverse("stores:till_issue", args=[world.enrolment.pk]), {}),
        (reverse("stores:till_revoke", args=[world.till.pk]), {}),
        (reverse("stores:contact", args=[world.store.pk]), {"contact_email": "ten@example.jp"}),
        (reverse("stores:staff_issue", args=[world.store.pk]), {"role": "OWNER"}),
        (reverse("stores:staff_reissue", args=[world.staff.pk]), {}),
        (reverse("stores:staff_remove", args=[world.staff.pk]), {}),
        (
            reverse("stores:account", args=[world.store.pk, "yucho"]),
            {"symbol": "18140", "number": "20418351", "holder_kana": "アベ", "step": "save"},
        ),
        (reverse("stores:import_confirm"), {"token": "x"}),
        (reverse("stores:account_list_confirm"), {"token": "x"}),
    ]  # fmt: skip


def state():
    """Everything an act could have changed, as figures."""
    return (
        list(StoreApplication.objects.order_by("pk").values_list("status", flat=True)),
        list(MergeProposal.objects.values_list("status", flat=True)),
        list(Enrolment.objects.order_by("pk").values_list("status", flat=True)),
        list(Till.objects.order_by("pk").values_list("revoked_at", flat=True)),
        list(StoreStaff.objects.order_by("pk").values_list("user__password", flat=True)),
        list(Approval.objects.values_list("status", flat=True)),
        AuditEvent.objects.exclude(code__endswith=".exported").count(),
    )


@pytest.mark.req("SP-02")
@pytest.mark.parametrize("role", [Role.OFFICE_CLERK, *LOOKING])
def test_staff_of_the_client_see_every_page(client, world, role):
    client.force_login(staff_of(world.program.client, role))

    for path in pages(world):
        assert client.get(path).status_code == 200, path


def test_a_form_that_was_only_opened_shows_no_error(client, world):
    client.force_login(world.clerk)

    for path in forms(world):
        response = client.get(path)
        assert response.status_code == 200, path
        assert "エラー" not in response.content.decode(), path


@pytest.mark.req("SP-02")
@pytest.mark.parametrize("role", LOOKING)
def test_who_only_looks_is_refused_every_act(client, world, role):
    client.force_login(staff_of(world.program.client, role))
    before = state()

    for path in forms(world):
        assert client.get(path).status_code == 403, path
    for path, data in acts(world):
        assert client.post(path, data).status_code == 403, path

    assert state() == before


@pytest.mark.req("SP-02")
@pytest.mark.parametrize(
    ("role", "status"),
    [*((role, 403) for role in LOOKING), (Role.OFFICE_CLERK, 302), (Role.FINANCE_APPROVER, 302)],
)
def test_who_only_looks_is_no_second_person(client, world, role, status):
    client.force_login(staff_of(world.program.client, role))
    address = reverse("stores:account_change", args=[world.change.pk])

    answer = client.post(
        address, {"decision": "approve", "typed_number": "7654321", "comment": "通帳と一致"}
    )

    approval = Approval.objects.get()
    assert answer.status_code == status
    assert (approval.status == Approval.Status.PENDING) is (status == 403)


@pytest.mark.req("SP-02")
def test_staff_of_another_client_find_nothing(client, world):
    other = ProgramFactory()
    client.force_login(staff_of(other.client, Role.OFFICE_CLERK))
    before = state()

    for path in [*pages(world)[6:], *forms(world)[:5]]:
        assert client.get(path).status_code == 404, path
    for path, data in acts(world):
        assert client.post(path, data).status_code in {404, 302}, path
    listed = client.get(reverse("stores:home")).content.decode()
    exported = b"".join(client.get(reverse("stores:export", args=["csv"])).streaming_content)

    assert world.store.name not in listed
    assert world.store.code not in exported.decode()
    assert state() == before


@pytest.mark.req("SP-02")
@pytest.mark.parametrize("who", ["anonymous", "resident", "store", "desk"])
def test_nobody_else_opens_the_office(client, world, who):
    user = {
        "anonymous": lambda: None,
        "resident": lambda: ResidentFactory(client=world.program.client, signed_up=True).user,
        "store": lambda: world.staff.user,
        "desk": lambda: staff_of(world.program.client, Role.EVENT_STAFF),
    }[who]()
    if user:
        client.force_login(user)
    before = state()

    for path in [*pages(world), *forms(world)]:
        response = client.get(path)
        assert response.status_code == (403 if user else 302), path
    for path, data in acts(world):
        assert client.post(path, data).status_code == (403 if user else 302), path

    assert state() == before


def test_every_act_of_a_clerk_is_on_record(client, world):
    client.force_login(world.clerk)

    for path, data in acts(world)[:-3]:
        if path != reverse("stores:approve_many"):
            before = AuditEvent.objects.count()
            response = client.post(path, data)
            assert response.status_code in {200, 302}, path
            assert AuditEvent.objects.count() > before, path


@pytest.mark.parametrize("number", [0, 999_999_999])
def test_an_unknown_number_is_not_found(client, world, number):
    client.force_login(world.clerk)

    for name, rest in [
        ("store", []), ("application", []), ("account", ["bank"]), ("account_change", []),
        ("stand", []), ("till_revoke", []), ("enrolment_act", ["suspend"]), ("import_run", []),
    ]:  # fmt: skip
        assert client.get(reverse(f"stores:{name}", args=[number, *rest])).status_code == 404
    for name in ("decide_proposal", "till_issue", "staff_issue", "staff_reissue", "staff_remove"):
        assert client.post(reverse(f"stores:{name}", args=[number])).status_code == 404


def test_other_words_in_an_address_are_not_found(client, world):
    client.force_login(world.clerk)

    for path in (
        reverse("stores:account", args=[world.store.pk, "paypay"]),
        reverse("stores:enrolment_act", args=[world.enrolment.pk, "delete"]),
        reverse("stores:export", args=["pdf"]),
        reverse("stores:home") + "?program=unknown",
        f"/console/stores/{'9' * 30}/",
    ):
        assert client.get(path).status_code == 404, path


def test_other_methods_are_refused_without_an_error(client, world):
    client.force_login(world.clerk)

    for path in [*pages(world), *forms(world), *(path for path, _ in acts(world))]:
        for method in (client.put, client.delete, client.patch, client.options):
            assert method(path).status_code == 405, path
    for path, _ in acts(world):
        if path not in {*pages(world), *forms(world)}:
            assert client.get(path).status_code == 405, path


def test_odd_filters_and_pages_narrow_nothing_and_break_nothing(client, world):
    client.force_login(world.clerk)
    odd = (
        "?status=XX&finding=%00&municipality_code=9&source=%27&words=%F0%A0%AE%B7+%25_"
        "&account=maybe&page=-9&rows=x"
    )

    for name in ("home", "applications", "proposals", "account_changes", "import"):
        response = client.get(reverse(f"stores:{name}") + odd)
        assert response.status_code == 200, name


def test_lists_take_no_more_statements_for_more_rows(client, world, django_assert_max_num_queries):
    client.force_login(world.clerk)

    def counts():
        figures = {}
        for name in ("home", "applications", "proposals", "account_changes"):
            with django_assert_max_num_queries(20) as counted:
                assert client.get(reverse(f"stores:{name}")).status_code == 200
            figures[name] = len(counted)
        return figures

    client.get(reverse("stores:home"))
    few = counts()
    for number in range(12):
        enrolment = EnrolmentFactory(program=world.program)
        TillFactory(program=world.program, store=enrolment.store, code=f"S{number:07}")
        ProposalFactory(
            application=ApplicationFactory(program=world.program), other_store=enrolment.store
        )
        services.register_bank_account(
            store_id=enrolment.store_id,
            details=account(account_number=str(1000 + number)),
            by=world.clerk,
            at=NOON,
        )
        services.submit_bank_account(
            store_id=enrolment.store_id,
            details=account(account_number=str(2000 + number)),
            by=world.clerk,
            at=NOON,
        )
    many = counts()

    assert many == few


def test_one_store_takes_no_more_statements_for_more_tills(
    client, world, django_assert_max_num_queries
):
    client.force_login(world.clerk)
    path = reverse("stores:store", args=[world.store.pk])

    with django_assert_max_num_queries(20) as few:
        client.get(path)
    for _ in range(6):
        services.issue_till(
            program_id=world.program.pk, store_id=world.store.pk, by=world.clerk, at=NOON
        )
        StoreStaffFactory(store=world.store)
    with django_assert_max_num_queries(20) as many:
        client.get(path)

    assert len(many) <= len(few)


def test_the_address_to_return_to_stays_on_this_site(client, world):
    client.force_login(world.clerk)

    for back in (
        "https://evil.example/",
        "//evil.example",
        "javascript:alert(1)",
        "/\\evil.example",
    ):
        response = client.post(reverse("stores:approve_many"), {"back": back})
        assert response.url == reverse("stores:applications")


def test_an_export_runs_no_formula_and_holds_no_account(client, world):
    StoreFactory(client=world.program.client)
    world.store.name = '=HYPERLINK("http://evil.example")'
    world.store.save()
    client.force_login(world.clerk)

    content = b"".join(client.get(reverse("stores:export", args=["csv"])).streaming_content)
    lines = content.decode("utf-8-sig").splitlines()

    assert len(lines) == 2
    assert "'=HYPERLINK" in lines[1]
    assert "登録済み" in lines[1]
    assert "509" not in content.decode()

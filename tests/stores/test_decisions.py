import threading

import pytest
from django.db import IntegrityError, connection, transaction

from pointsys.audit import queries as audit
from pointsys.users.models import Role
from stores import errors, services
from stores.models import Enrolment, MergeProposal, Store, StoreApplication
from tests.factories import (
    NOON,
    EnrolmentFactory,
    OrganizationFactory,
    ProgramFactory,
    StoreFactory,
    UserFactory,
    staff_of,
)
from tests.stores.factories import ApplicationFactory, ProposalFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def program():
    return ProgramFactory()


@pytest.fixture
def clerk(program):
    return staff_of(program.client, Role.OFFICE_CLERK)


def approve(application, by, **options):
    return services.approve_application(
        application_id=application.pk, reason="要件を満たす", by=by, at=NOON, **options
    )


@pytest.mark.req("ST-03")
def test_approving_makes_a_store_that_takes_part_and_leaves_a_record(program, clerk):
    application = ApplicationFactory(program=program, name="髙橋商店")

    store = approve(application, clerk)

    application.refresh_from_db()
    assert (store.name, store.code, store.client) == ("髙橋商店", "04-00001", program.client)
    assert store.enrolments.get().status == Enrolment.Status.ACTIVE
    assert application.status == StoreApplication.Status.APPROVED
    assert (application.store, application.decided_by) == (store, clerk)
    [event] = audit.events_of(application)
    assert (event.code, event.by) == ("stores.application.approved", clerk)
    assert "髙橋商店" not in str(event.changes)


def test_store_codes_count_on_for_each_client_by_itself(program, clerk):
    StoreFactory(client=program.client, code="04-00041")
    StoreFactory(client=program.client, code="27-00900")
    StoreFactory(client=OrganizationFactory(), code="04-00777")
    StoreFactory(client=program.client, code="04-OLD")

    codes = [approve(ApplicationFactory(program=program), clerk).code for _ in range(2)]

    assert codes == ["04-00042", "04-00043"]


def test_codes_continue_past_five_digits(program, clerk):
    StoreFactory(client=program.client, code="04-99999")

    assert approve(ApplicationFactory(program=program), clerk).code == "04-100000"


def test_a_decision_needs_a_reason(program, clerk):
    application = ApplicationFactory(program=program)

    for decide in (services.approve_application, services.reject_application):
        with pytest.raises(errors.ReasonMissing):
            decide(application_id=application.pk, reason=" 　", by=clerk, at=NOON)

    with pytest.raises(IntegrityError), transaction.atomic():
        StoreApplication.objects.filter(pk=application.pk).update(
            status="REJECTED", decided_at=NOON, decided_by=clerk
        )
    assert not Store.objects.exists()


def test_an_application_is_decided_once(program, clerk):
    application = ApplicationFactory(program=program)
    services.reject_application(
        application_id=application.pk, reason="県外の店舗", by=clerk, at=NOON
    )

    with pytest.raises(errors.AlreadyDecided) as refusal:
        approve(application, clerk)

    assert "不承認" in str(refusal.value)
    assert not Store.objects.exists()


@pytest.mark.req("ST-02")
def test_a_suspected_duplicate_blocks_approval_until_somebody_has_judged_it(program, clerk):
    application = ApplicationFactory(program=program)
    proposal = ProposalFactory(
        application=application, other_application=ApplicationFactory(program=program)
    )

    with pytest.raises(errors.MergeUndecided):
        approve(application, clerk)
    services.decide_merge_proposal(proposal_id=proposal.pk, is_same=False, by=clerk, at=NOON)
    store = approve(application, clerk)

    assert store.applications.get() == application


@pytest.mark.req("ST-02")
def test_the_same_shop_as_a_store_that_takes_part_is_merged_at_once(program, clerk):
    store = EnrolmentFactory(program=program).store
    application = ApplicationFactory(program=program)
    proposal = ProposalFactory(application=application, other_store=store)

    services.decide_merge_proposal(proposal_id=proposal.pk, is_same=True, by=clerk, at=NOON)

    application.refresh_from_db()
    assert application.status == StoreApplication.Status.MERGED
    assert application.store == store
    assert store.code in application.decision_reason
    assert Store.objects.filter(client=program.client).count() == 1


@pytest.mark.req("ST-02")
def test_the_same_shop_as_an_undecided_application_waits_and_merges_with_it(program, clerk):
    first, second, third = ApplicationFactory.create_batch(3, program=program)
    for later, earlier in ((second, first), (third, second)):
        proposal = ProposalFactory(application=later, other_application=earlier)
        services.decide_merge_proposal(proposal_id=proposal.pk, is_same=True, by=clerk, at=NOON)

    with pytest.raises(errors.WaitsForOther):
        approve(second, clerk)
    store = approve(first, clerk)

    for application in (second, third):
        application.refresh_from_db()
        assert (application.status, application.store) == ("MERGED", store)
    assert Store.objects.count() == 1


def test_two_applications_cannot_wait_for_each_other(program, clerk):
    one, other = ApplicationFactory.create_batch(2, program=program)
    there = ProposalFactory(application=one, other_application=other)
    back = ProposalFactory(application=other, other_application=one)
    services.decide_merge_proposal(proposal_id=there.pk, is_same=True, by=clerk, at=NOON)

    with pytest.raises(errors.MergeCircle):
        services.decide_merge_proposal(proposal_id=back.pk, is_same=True, by=clerk, at=NOON)

    back.refresh_from_db()
    assert back.status == MergeProposal.Status.PENDING


def test_an_application_is_free_again_when_the_one_it_waited_for_is_refused(program, clerk):
    first, second = ApplicationFactory.create_batch(2, program=program)
    proposal = ProposalFactory(application=second, other_application=first)
    services.decide_merge_proposal(proposal_id=proposal.pk, is_same=True, by=clerk, at=NOON)

    services.reject_application(application_id=first.pk, reason="申込の重複", by=clerk, at=NOON)

    assert approve(second, clerk).name == second.name


def test_nothing_merges_into_a_refused_application(program, clerk):
    first, second = ApplicationFactory.create_batch(2, program=program)
    proposal = ProposalFactory(application=second, other_application=first)
    services.reject_application(application_id=first.pk, reason="県外", by=clerk, at=NOON)

    with pytest.raises(errors.OtherWasRejected):
        services.decide_merge_proposal(proposal_id=proposal.pk, is_same=True, by=clerk, at=NOON)


def test_a_known_store_of_another_program_joins_when_approved(program, clerk):
    store = EnrolmentFactory(program=ProgramFactory(client=program.client)).store
    application, again = ApplicationFactory.create_batch(2, program=program)
    for row in (application, again):
        proposal = ProposalFactory(application=row, other_store=store)
        services.decide_merge_proposal(proposal_id=proposal.pk, is_same=True, by=clerk, at=NOON)

    result = services.approve_applications(
        application_ids=[application.pk, again.pk], reason="継続店", by=clerk, at=NOON
    )

    application.refresh_from_db()
    again.refresh_from_db()
    assert result.stores == [store, store]
    assert (application.status, again.status) == ("APPROVED", "MERGED")
    assert store.enrolments.get(program=program).status == Enrolment.Status.ACTIVE
    assert Store.objects.filter(client=program.client).count() == 1


def test_a_suspended_store_does_not_come_back_by_a_second_application(program, clerk):
    other = ProgramFactory(client=program.client)
    store = EnrolmentFactory(program=other).store
    application = ApplicationFactory(program=program)
    proposal = ProposalFactory(application=application, other_store=store)
    services.decide_merge_proposal(proposal_id=proposal.pk, is_same=True, by=clerk, at=NOON)
    enrolment = EnrolmentFactory(
        program=program, store=store, status=Enrolment.Status.SUSPENDED, reason="調査中"
    )

    approve(application, clerk)

    enrolment.refresh_from_db()
    application.refresh_from_db()
    assert enrolment.status == Enrolment.Status.SUSPENDED
    assert application.status == StoreApplication.Status.MERGED


@pytest.mark.req("ST-03")
def test_a_place_outside_the_area_needs_somebody_who_has_seen_it(program, clerk):
    application = ApplicationFactory(program=program, outside=True)

    with pytest.raises(errors.OutsideArea):
        approve(application, clerk)
    store = approve(application, clerk, accept_outside_area=True)

    assert store.applications.get() == application


@pytest.mark.req("ST-10")
def test_many_are_approved_in_one_step_and_each_other_says_why_not(program, clerk):
    good = ApplicationFactory.create_batch(5, program=program)
    outside = ApplicationFactory(program=program, outside=True)
    doubtful = ApplicationFactory(program=program)
    ProposalFactory(application=doubtful, other_application=good[0])
    chosen = [row.pk for row in (*good, outside, doubtful)]

    result = services.approve_applications(
        application_ids=chosen, reason="一覧で確認", by=clerk, at=NOON
    )

    assert len(result.stores) == 5
    assert {application.pk for application, _ in result.refused} == {outside.pk, doubtful.pk}
    assert all(reason for _, reason in result.refused)
    assert StoreApplication.objects.filter(status="SUBMITTED").count() == 2


@pytest.mark.req("ST-10")
def test_approving_many_takes_the_same_statements_as_approving_few(
    program, clerk, django_assert_max_num_queries
):
    many = ApplicationFactory.create_batch(60, program=program)

    with django_assert_max_num_queries(16):
        services.approve_applications(
            application_ids=[row.pk for row in many], reason="一覧で確認", by=clerk, at=NOON
        )

    assert Store.objects.count() == 60


@pytest.mark.django_db(transaction=True)
def test_people_who_approve_at_the_same_time_never_give_one_code_twice():
    program = ProgramFactory()
    clerks = UserFactory.create_batch(4)
    applications = ApplicationFactory.create_batch(12, program=program)
    failures: list[Exception] = []

    def work(turn: int) -> None:
        try:
            for application in applications[turn::4]:
                approve(application, clerks[turn])
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    codes = sorted(Store.objects.values_list("code", flat=True))
    assert codes == [f"04-{number:05d}" for number in range(1, 13)]

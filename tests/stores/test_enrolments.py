import pytest
from django.db import IntegrityError, transaction

from pointsys.audit import queries as audit
from pointsys.users.models import Role
from stores import errors, services
from stores.models import Enrolment
from tests.factories import NOON, EnrolmentFactory, staff_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def enrolment():
    return EnrolmentFactory()


@pytest.fixture
def clerk(enrolment):
    return staff_of(enrolment.program.client, Role.OFFICE_CLERK)


@pytest.mark.req("ST-14")
def test_a_store_is_stopped_and_taken_back_with_reasons_on_record(enrolment, clerk):
    facts = {"enrolment_id": enrolment.pk, "by": clerk, "at": NOON}

    stopped = services.suspend_enrolment(reason="規約違反の疑い", **facts)
    assert (stopped.status, stopped.reason) == ("SUSPENDED", "規約違反の疑い")

    back = services.resume_enrolment(reason="確認が済んだ", **facts)
    assert back.status == Enrolment.Status.ACTIVE
    codes = [event.code for event in audit.events_of(enrolment)]
    assert codes == ["stores.enrolment.suspended", "stores.enrolment.resumed"]


def test_a_store_that_left_comes_back_by_an_application_only(enrolment, clerk):
    facts = {"enrolment_id": enrolment.pk, "by": clerk, "at": NOON}
    services.withdraw_enrolment(reason="閉店", **facts)

    for act in (
        services.resume_enrolment,
        services.suspend_enrolment,
        services.withdraw_enrolment,
    ):
        with pytest.raises(errors.EnrolmentInOtherState) as refusal:
            act(reason="もう一度", **facts)
        assert "脱退" in str(refusal.value)


def test_stopping_needs_a_reason(enrolment, clerk):
    with pytest.raises(errors.ReasonMissing):
        services.suspend_enrolment(enrolment_id=enrolment.pk, reason=" ", by=clerk, at=NOON)

    with pytest.raises(IntegrityError), transaction.atomic():
        Enrolment.objects.filter(pk=enrolment.pk).update(status="SUSPENDED")


def test_a_store_with_an_address_is_told_by_mail_and_one_without_is_not(
    enrolment, clerk, django_capture_on_commit_callbacks, mailoutbox
):
    facts = {"enrolment_id": enrolment.pk, "by": clerk, "at": NOON}

    with django_capture_on_commit_callbacks(execute=True):
        services.suspend_enrolment(reason="調査中", **facts)
    assert mailoutbox == []
    services.change_contact(
        store_id=enrolment.store_id,
        contact_name="店主",
        contact_email="ten@example.jp",
        by=clerk,
        at=NOON,
    )
    with django_capture_on_commit_callbacks(execute=True):
        services.resume_enrolment(reason="確認が済んだ", **facts)

    [mail] = mailoutbox
    assert mail.to == ["ten@example.jp"]
    assert "再開" in mail.subject
    assert "確認が済んだ" in mail.body
    assert enrolment.program.desk_phone in mail.body

"""Past the services: the database keeps what was asked and decided."""

import pytest
from django.db import IntegrityError, transaction

from pointsys.approvals import services
from pointsys.approvals.errors import AlreadyDecided, SamePersonApproval
from pointsys.approvals.models import Approval
from tests.factories import NOON, OrganizationFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.req("SE-03")]
DIGEST = "a" * 64


@pytest.fixture
def approval():
    client = OrganizationFactory()
    return services.ask(
        organization_id=client.pk,
        kind="test",
        subject=client,
        digest=DIGEST,
        title="件名",
        by=UserFactory(),
        at=NOON,
    )


def decide(approval, by, **changes):
    return services.decide(
        **{"approval_id": approval.pk, "approve": True, "digest": DIGEST, "by": by, "at": NOON}
        | changes
    )


@pytest.mark.parametrize(
    "change", [{"digest": "b" * 64}, {"subject_id": "9"}, {"kind": "other"}, {"title": "別"}]
)
def test_what_was_asked_is_not_rewritten(approval, change):
    with pytest.raises(IntegrityError, match="fixed_question"), transaction.atomic():
        Approval.objects.update(**change)


def test_the_asker_cannot_be_exchanged_to_approve_by_oneself(approval):
    with pytest.raises(IntegrityError, match="fixed_question"), transaction.atomic():
        Approval.objects.update(asked_by=UserFactory())


def test_a_decision_is_written_once(approval):
    decide(approval, UserFactory())

    with pytest.raises(AlreadyDecided):
        decide(approval, UserFactory())
    for change in ({"status": "PENDING", "decided_by": None, "decided_at": None}, {"comment": "x"}):
        with pytest.raises(IntegrityError, match="decided_once"), transaction.atomic():
            Approval.objects.update(**change)


def test_an_approval_is_not_deleted(approval):
    with pytest.raises(IntegrityError, match="no_delete"), transaction.atomic():
        Approval.objects.all()._raw_delete("default")


@pytest.mark.parametrize("approve", [True, False])
def test_nobody_decides_on_what_they_asked_for(approval, approve):
    with pytest.raises(SamePersonApproval):
        decide(approval, approval.asked_by, approve=approve, comment="理由")
    with pytest.raises(IntegrityError, match="decided_by_another"), transaction.atomic():
        Approval.objects.update(status="APPROVED", decided_by=approval.asked_by, decided_at=NOON)

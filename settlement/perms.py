from typing import Final

from django.contrib.auth.models import AnonymousUser

from pointsys.programs.models import Program
from pointsys.users import queries as users
from pointsys.users.models import Role, User
from settlement import queries
from settlement.models import PayoutBatch

PREPARE_ROLES: Final = frozenset({Role.FINANCE_PREPARER})
APPROVE_ROLES: Final = frozenset({Role.FINANCE_APPROVER})


def can_view_settlement(user: User | AnonymousUser) -> bool:
    """Tell whether the user may see the settlement of at least one client."""
    return users.has_role_anywhere(user, queries.VIEW_ROLES)


def can_prepare(user: User | AnonymousUser, program: Program) -> bool:
    """Tell whether the user may close months, prepare files and hold statements."""
    return users.has_role(user, program.client_id, PREPARE_ROLES)


def can_approve(user: User | AnonymousUser, program: Program) -> bool:
    """Tell whether the user may approve, download and submit files of this program."""
    return users.has_role(user, program.client_id, APPROVE_ROLES)


def can_decide_batch(user: User | AnonymousUser, batch: PayoutBatch) -> bool:
    """Tell whether the user may decide on this batch: an approver who did not make it."""
    return can_approve(user, batch.program) and batch.prepared_by_id != user.pk


def can_record_payment(user: User | AnonymousUser, program: Program) -> bool:
    """Tell whether the user may record that the bank has paid."""
    return users.has_role(user, program.client_id, PREPARE_ROLES | APPROVE_ROLES)


def can_change_profiles(user: User | AnonymousUser, client_id: int) -> bool:
    """Tell whether the user may register and change the accounts a client pays from."""
    return users.has_role(user, client_id, PREPARE_ROLES)

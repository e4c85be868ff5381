from typing import Final

from pointsys.users.models import Role

VIEW_ROLES: Final = frozenset(
    {
        Role.CLIENT_VIEWER,
        Role.CLIENT_APPROVER,
        Role.OFFICE_CLERK,
        Role.FINANCE_PREPARER,
        Role.FINANCE_APPROVER,
        Role.AUDITOR,
    }
)

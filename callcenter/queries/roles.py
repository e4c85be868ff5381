from typing import Final

from pointsys.users.models import Role

# Who talks to callers and may see what a caller asks about.
DESK_ROLES: Final = frozenset({Role.DESK_OPERATOR, Role.DESK_SUPERVISOR})
# The client sees what was escalated to it and the complaints, nothing else.
CLIENT_ROLES: Final = frozenset({Role.CLIENT_VIEWER, Role.CLIENT_APPROVER})
# Reports hold figures and ticket numbers, no words of callers.
REPORT_ROLES: Final = DESK_ROLES | CLIENT_ROLES | {Role.OFFICE_CLERK, Role.AUDITOR}

"""The staff admin: whoever works for a client looks at that client's rows, and mostly only looks.

Daily work has its own screens; rows of money and of the record are never changed here.
"""

from functools import reduce
from typing import Any, ClassVar, Final

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from import_export.resources import ModelResource

from pointsys.common.tabular.writing import guarded
from pointsys.users import queries
from pointsys.users.models import Role, User

NOBODY: Final[frozenset[str]] = frozenset()
# Who may look behind the screens; clients' own staff have the console.
OFFICE: Final = frozenset(
    {
        Role.OFFICE_CLERK,
        Role.FINANCE_PREPARER,
        Role.FINANCE_APPROVER,
        Role.AUDITOR,
        Role.SYSTEM_ADMIN,
    }
)
PERSONAL: Final = frozenset({Role.OFFICE_CLERK, Role.PRIVACY_OFFICER})


class StaffAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Read-only rows of the user's clients; `change_roles` opens a master for changes.

    `client_path` leads from a row to its client's id, and both what is listed and what may be
    changed follow from the roles held for that client.
    """

    client_path: ClassVar[str] = "client_id"
    view_roles: ClassVar[frozenset[str]] = OFFICE
    change_roles: ClassVar[frozenset[str]] = NOBODY
    list_per_page = 50
    # Counting a ledger table for a list that shows fifty rows costs seconds.
    show_full_result_count = False
    actions: Any = None

    def visible_to(self, user: User) -> QuerySet[Any]:
        """Return the rows of the user's clients; apps with a `…_visible_to` of their own use it."""
        rows: QuerySet[Any] = self.model._default_manager.filter(
            **{f"{self.client_path}__in": queries.client_ids(user)}
        )
        return rows

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        user = _user(request)
        if user.is_superuser:
            return super().get_queryset(request)
        clients = queries.client_ids(user, self.view_roles)
        rows = self.visible_to(user).filter(**{f"{self.client_path}__in": clients})
        return rows.order_by(*self.get_ordering(request)) if self.get_ordering(request) else rows

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._holds(request, self.view_roles)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._holds(request, self.view_roles, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._holds(request, self.change_roles)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._holds(request, self.change_roles, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def _holds(self, request: HttpRequest, roles: frozenset[str], obj: Model | None = None) -> bool:
        if not roles or not request.user.is_authenticated:
            return False
        user = _user(request)
        if user.is_superuser:
            return True
        if obj is None:
            return queries.has_role_anywhere(user, roles)
        client_id = reduce(getattr, self.client_path.split("__"), obj)
        return queries.has_role(user, int(str(client_id)), roles)


def _user(request: HttpRequest) -> User:
    user: User = request.user  # type: ignore[assignment]
    return user


class GuardedResource(ModelResource):  # type: ignore[misc]
    """A list as a file for a spreadsheet, in which no cell is ever run as a formula."""

    def export_field(self, field: Any, instance: Any, **kwargs: Any) -> Any:
        value = super().export_field(field, instance, **kwargs)
        return guarded(value) if isinstance(value, str) else value

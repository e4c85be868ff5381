from functools import wraps
from typing import Any, Final

from django.contrib import admin
from django.contrib.admin.options import TO_FIELD_VAR
from django.core.exceptions import BadRequest
from django.http import HttpRequest

from pointsys.users import queries
from pointsys.users.models import Role

CONSOLE: Final = frozenset(Role.values) - {
    Role.DESK_OPERATOR,
    Role.DESK_SUPERVISOR,
    Role.EVENT_STAFF,
}


class StaffSite(admin.AdminSite):
    """The admin for everybody with a console role, not only for Django's superusers."""

    site_header = "地域ポイント 管理サイト"
    site_title = "管理サイト"
    index_title = "管理"
    site_url = "/console/"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return user.is_active and (user.is_superuser or queries.has_role_anywhere(user, CONSOLE))

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Refuse, with a page of its own, addresses that the library's pages break on."""
        opened = super().admin_view(view, cacheable)

        @wraps(opened)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            typed = (value for values in request.GET.lists() for value in values[1])
            if any("\0" in value for value in typed) or request.GET.get(TO_FIELD_VAR) == "":
                raise BadRequest
            return opened(request, *args, **kwargs)

        return checked

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take pages that know whose rows they show; those of libraries show every client's."""
        if hasattr(admin_class, "client_path"):
            super().register(model_or_iterable, admin_class, **options)

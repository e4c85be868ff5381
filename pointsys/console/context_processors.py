from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from pointsys.console import navigation


def staff(request: HttpRequest) -> dict[str, Any]:
    """Give staff pages the menu and the words of the user's role; read only where shown."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {
        "console_nav": SimpleLazyObject(lambda: navigation.menu_for(user)),
        "staff_role": SimpleLazyObject(lambda: navigation.role_words(user)),
    }

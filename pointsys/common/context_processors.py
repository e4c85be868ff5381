from typing import Any

from django.conf import settings
from django.http import HttpRequest


def installation(request: HttpRequest) -> dict[str, Any]:
    """Give every template what it may know of this installation."""
    return {"DEMO": settings.DEMO, "SITE_ORIGIN": settings.SITE_ORIGIN}

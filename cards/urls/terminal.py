from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, path

from cards.api import api
from cards.views import terminal

app_name: Final = "terminal"

api_patterns, _, api_namespace = api.urls
for _pattern in api_patterns:
    # A terminal has no session: its requests are known by their signature.
    if _pattern.callback is not None:
        _pattern.callback = login_not_required(_pattern.callback)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", terminal.home, name="home"),
    path("enrol/", terminal.enrol, name="enrol"),
    path("api/", (api_patterns, "ninja", api_namespace)),
]

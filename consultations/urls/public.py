from typing import Final

from django.urls import URLPattern

app_name: Final = "events"
urlpatterns: list[URLPattern] = []

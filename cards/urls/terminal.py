from typing import Final

from django.urls import URLPattern

app_name: Final = "terminal"
urlpatterns: list[URLPattern] = []

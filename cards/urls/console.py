from typing import Final

from django.urls import URLPattern

app_name: Final = "cards"
urlpatterns: list[URLPattern] = []

from typing import Final

from django.urls import URLPattern

app_name: Final = "my_vouchers"
urlpatterns: list[URLPattern] = []

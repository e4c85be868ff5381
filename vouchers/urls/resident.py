from typing import Final

from django.urls import URLPattern, path

from vouchers.views import applying, resident

app_name: Final = "my_vouchers"
urlpatterns: list[URLPattern] = [
    path("", resident.home, name="home"),
    path("apply/<int:round_id>/", applying.sets, name="apply"),
    path("apply/<int:round_id>/price", applying.price, name="apply_price"),
    path("apply/<int:round_id>/document", applying.document, name="apply_document"),
    path("apply/<int:round_id>/picture.jpg", applying.own_picture, name="apply_picture"),
    path("apply/<int:round_id>/check", applying.check, name="apply_check"),
    path("applications/<uuid:application_uuid>/", resident.application, name="application"),
    path("applications/<uuid:application_uuid>/done", resident.done, name="done"),
    path("applications/<uuid:application_uuid>/withdraw", resident.withdraw, name="withdraw"),
    path("applications/<uuid:application_uuid>/again", resident.send_again, name="send_again"),
]

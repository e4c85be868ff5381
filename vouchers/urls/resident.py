from typing import Final

from django.urls import URLPattern, path

from vouchers.views import applying, resident, sale

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
    path("buy/<int:round_id>/", sale.buy, name="buy"),
    path("buy/<int:round_id>/confirm", sale.buy_confirm, name="buy_confirm"),
    path("orders/", sale.own_orders, name="orders"),
    path("orders/<uuid:order_uuid>/", sale.order, name="order"),
    path("orders/<uuid:order_uuid>/done", sale.order_done, name="order_done"),
]

from django.urls import path

from ledger.views import pay

app_name = "pay"
urlpatterns = [
    path("", pay.enter, name="enter"),
    path("scan", pay.scan, name="scan"),
    path("paid/<uuid:transfer>", pay.paid, name="paid"),
    path("result/<uuid:key>", pay.result, name="result"),
    path("<str:code>", pay.amount, name="till"),
    path("<str:code>/confirm", pay.confirm, name="confirm"),
]

from django.urls import path

from ledger.views import grants

app_name = "grants"
urlpatterns = [
    path("", grants.rounds, name="list"),
    path("new", grants.new, name="new"),
    path("confirm", grants.confirm, name="confirm"),
    path("<int:round_id>", grants.detail, name="detail"),
]

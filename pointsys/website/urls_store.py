from django.urls import path

from pointsys.website.views import store

app_name = "store"
urlpatterns = [
    path("", store.today, name="home"),
    path("updates", store.updates, name="updates"),
    path("switch", store.switch, name="switch"),
    path("payments/", store.payments, name="payments"),
    path("payments.csv", store.payments_csv, name="payments_csv"),
    path("payments/<uuid:transfer>/cancel", store.cancel, name="cancel"),
    path("refunds/<uuid:transfer>", store.cancelled, name="cancelled"),
]

from django.urls import path

from ledger.views import resident

app_name = "my"
urlpatterns = [
    path("history/", resident.history, name="history"),
    path("history.csv", resident.history_csv, name="history_csv"),
]

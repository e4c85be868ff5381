from django.urls import path

from pointsys.residents import views

app_name = "residents"
urlpatterns = [
    path("", views.residents, name="list"),
    path("import/", views.read_list, name="import"),
    path("import/confirm/", views.take_list, name="import_confirm"),
]

from django.urls import path

from pointsys.console import demo_views as views

app_name = "demo"
urlpatterns = [
    path("", views.start, name="start"),
    path("sign-in", views.sign_in, name="sign_in"),
    path("card/", views.card, name="card"),
    path("mail/", views.mails, name="mails"),
    path("mail/<slug:name>/<int:number>", views.mail, name="mail"),
]

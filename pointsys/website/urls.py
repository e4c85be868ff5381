from django.urls import path

from pointsys.website.views import my, public

app_name = "website"
urlpatterns = [
    path("", public.home, name="home"),
    path("go/", public.after_sign_in, name="after_sign_in"),
    path("stores/", public.stores, name="stores"),
    path("goods/", public.goods, name="goods"),
    path("my/", my.home, name="my_home"),
]

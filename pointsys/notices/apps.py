from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "pointsys.notices"
    verbose_name = "お知らせ"

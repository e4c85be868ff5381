from django.apps import AppConfig


class DrawsConfig(AppConfig):
    name = "pointsys.draws"
    verbose_name = "抽選"

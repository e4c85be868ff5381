from django.apps import AppConfig


class ResidentsConfig(AppConfig):
    name = "pointsys.residents"
    verbose_name = "住民"

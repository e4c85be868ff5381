from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "pointsys.console"
    verbose_name = "運営管理"

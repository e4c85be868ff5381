from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "pointsys.users"
    verbose_name = "利用者と権限"

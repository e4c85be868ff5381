from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "pointsys.common"
    verbose_name = "共通"

    def ready(self) -> None:
        from pointsys.common import checks  # noqa: PLC0415, F401  registers the checks

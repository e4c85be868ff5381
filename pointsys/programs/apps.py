from django.apps import AppConfig


class ProgramsConfig(AppConfig):
    name = "pointsys.programs"
    verbose_name = "事業"

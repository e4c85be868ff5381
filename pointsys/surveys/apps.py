from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "pointsys.surveys"
    verbose_name = "アンケート"

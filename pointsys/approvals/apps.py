from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "pointsys.approvals"
    verbose_name = "承認"

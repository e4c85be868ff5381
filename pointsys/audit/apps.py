from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "pointsys.audit"
    verbose_name = "監査記録"

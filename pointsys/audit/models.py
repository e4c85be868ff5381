from django.conf import settings
from django.db import models


class AuditEvent(models.Model):
    """One act of the office, written in the transaction of the act and never changed.

    `changes` holds ids, codes and figures only, never personal data (style.md 3.5).
    """

    at = models.DateTimeField("日時")
    code = models.CharField("行為", max_length=60)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="行為者",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    organization = models.ForeignKey(
        "users.Organization", verbose_name="発注者", null=True, on_delete=models.PROTECT
    )
    target_kind = models.CharField("対象の種別", max_length=40)
    target_id = models.CharField("対象のID", max_length=40)
    changes = models.JSONField("内容", default=dict, blank=True)

    class Meta:
        verbose_name = "監査記録"
        verbose_name_plural = "監査記録"
        indexes = [
            models.Index(fields=["target_kind", "target_id"], name="audit_event_target"),
            models.Index(fields=["organization", "-at"], name="audit_event_organization_at"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.code} {self.target_kind}:{self.target_id}"


class AccessRecord(models.Model):
    """Who looked at whose data, and what for; written before the data are shown, never changed."""

    at = models.DateTimeField("日時")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="見た人", on_delete=models.PROTECT, related_name="+"
    )
    organization = models.ForeignKey(
        "users.Organization", verbose_name="発注者", on_delete=models.PROTECT
    )
    subject_kind = models.CharField("対象の種別", max_length=40)
    subject_id = models.CharField("対象のID", max_length=40)
    purpose = models.CharField("目的", max_length=80)

    class Meta:
        verbose_name = "閲覧記録"
        verbose_name_plural = "閲覧記録"
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="audit_access_subject"),
            models.Index(fields=["organization", "-at"], name="audit_access_organization_at"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.subject_kind}:{self.subject_id}"

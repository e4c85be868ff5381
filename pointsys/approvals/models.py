from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Approval(models.Model):
    """A decision that one person asks for and another takes, bound to a digest."""

    class Status(models.TextChoices):
        PENDING = "PENDING", "承認待ち"
        APPROVED = "APPROVED", "承認"
        REJECTED = "REJECTED", "差戻し"
        WITHDRAWN = "WITHDRAWN", "取下げ"

    organization = models.ForeignKey(
        "users.Organization", verbose_name="発注者", on_delete=models.PROTECT
    )
    kind = models.CharField("種別", max_length=40)
    subject_kind = models.CharField("対象の種別", max_length=40)
    subject_id = models.CharField("対象のID", max_length=40)
    digest = models.CharField("ダイジェスト", max_length=64)
    title = models.CharField("件名", max_length=200)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="起案",
        on_delete=models.PROTECT,
        related_name="approvals_asked",
    )
    asked_at = models.DateTimeField("起案日時")
    status = models.CharField("状態", max_length=10, choices=Status.choices, default=Status.PENDING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="決定",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="approvals_decided",
    )
    decided_at = models.DateTimeField("決定日時", null=True, blank=True)
    comment = models.TextField("意見", blank=True)

    class Meta:
        verbose_name = "承認"
        verbose_name_plural = "承認"
        constraints = [
            models.CheckConstraint(
                name="approvals_approval_decided_by_another",
                condition=Q(status="WITHDRAWN")
                | Q(decided_by__isnull=True)
                | ~Q(decided_by=F("asked_by")),
            ),
            models.CheckConstraint(
                name="approvals_approval_decision_matches_status",
                condition=Q(status="PENDING", decided_by__isnull=True, decided_at__isnull=True)
                | Q(
                    status__in=["APPROVED", "REJECTED", "WITHDRAWN"],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
            ),
            models.UniqueConstraint(
                name="approvals_approval_one_pending",
                fields=["kind", "subject_kind", "subject_id"],
                condition=Q(status="PENDING"),
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "status"], name="approvals_org_status"),
        ]

    def __str__(self) -> str:
        return self.title

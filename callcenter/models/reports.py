from django.conf import settings
from django.db import models
from django.db.models import Q


class DailyReport(models.Model):
    """One day of a client's desks as it was counted and sent (CC-04); never changed (trigger).

    A correction is another version beside it. `counts` is the whole report: figures, ticket
    numbers and times, no words of callers.
    """

    client = models.ForeignKey(
        "users.Organization", verbose_name="発注者", on_delete=models.PROTECT
    )
    day = models.DateField("日")
    version = models.PositiveSmallIntegerField("版", default=1)
    counts = models.JSONField("件数")
    total = models.PositiveIntegerField("合計")
    due_at = models.DateTimeField("提出期限")
    made_at = models.DateTimeField("作成日時")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="作り直した人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    reason = models.CharField("訂正の理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "日報"
        verbose_name_plural = "日報"
        constraints = [
            models.UniqueConstraint(
                fields=["client", "day", "version"], name="callcenter_dailyreport_once"
            ),
            models.CheckConstraint(
                name="callcenter_dailyreport_correction_has_reason",
                condition=Q(version=1) | (Q(version__gte=2, made_by__isnull=False) & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"日報 {self.day} 第{self.version}版"

"""What the office and the client agreed on about reporting, and the reports that were made."""

from django.db import models
from django.db.models import Q


class KpiTarget(models.Model):
    """One figure that the client agreed to be measured by: how much of it, until when."""

    class Code(models.TextChoices):
        POINTS_ISSUED = "POINTS_ISSUED", "付与したポイント"
        POINTS_USED = "POINTS_USED", "使われたポイント"
        PAYMENTS = "PAYMENTS", "支払いの件数"
        HOLDERS = "HOLDERS", "ポイントを持つ人"
        STORES = "STORES", "参加中の加盟店"
        VOUCHER_SETS = "VOUCHER_SETS", "販売した商品券"
        CARDS = "CARDS", "使用中のカード"
        EVENTS = "EVENTS", "開いた相談会"
        EVENT_VISITORS = "EVENT_VISITORS", "相談会の来場者"
        EVENT_UNITS = "EVENT_UNITS", "相談会を開いた区域"

    program = models.ForeignKey(
        "programs.Program",
        verbose_name="事業",
        on_delete=models.PROTECT,
        related_name="kpi_targets",
    )
    code = models.CharField("指標", max_length=20, choices=Code.choices)
    target = models.BigIntegerField("目標")
    due_date = models.DateField("期日")

    class Meta:
        verbose_name = "目標"
        verbose_name_plural = "目標"
        constraints = [
            models.UniqueConstraint(fields=["program", "code"], name="console_kpitarget_once"),
            models.CheckConstraint(name="console_kpitarget_above_zero", condition=Q(target__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.get_code_display()} {self.target}"


class ReportSetting(models.Model):
    """On which day of the week a program's weekly report of the week before is made."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, "月曜日"
        TUESDAY = 1, "火曜日"
        WEDNESDAY = 2, "水曜日"
        THURSDAY = 3, "木曜日"
        FRIDAY = 4, "金曜日"
        SATURDAY = 5, "土曜日"
        SUNDAY = 6, "日曜日"

    program = models.OneToOneField(
        "programs.Program",
        verbose_name="事業",
        on_delete=models.PROTECT,
        related_name="report_setting",
    )
    weekday = models.PositiveSmallIntegerField(
        "週報を作る曜日", choices=Weekday.choices, default=Weekday.MONDAY
    )

    class Meta:
        verbose_name = "週報の設定"
        verbose_name_plural = "週報の設定"
        constraints = [
            models.CheckConstraint(
                name="console_reportsetting_weekday_exists",
                condition=Q(weekday__gte=0, weekday__lte=6),
            ),
        ]

    def __str__(self) -> str:
        return self.get_weekday_display()


class WeeklyReport(models.Model):
    """What happened in one week, Monday to Sunday, as it stood when the report was made.

    `figures` holds sections of lines and tables (`console.weekly`); it is never changed, so that
    a report reads the same on every day.
    """

    program = models.ForeignKey(
        "programs.Program",
        verbose_name="事業",
        on_delete=models.PROTECT,
        related_name="weekly_reports",
    )
    week_start = models.DateField("週の初め（月曜日）")
    figures = models.JSONField("数字")
    made_at = models.DateTimeField("作成日時")

    class Meta:
        verbose_name = "週報"
        verbose_name_plural = "週報"
        constraints = [
            models.UniqueConstraint(
                fields=["program", "week_start"], name="console_weeklyreport_once"
            ),
            models.CheckConstraint(
                name="console_weeklyreport_week_begins_on_monday",
                condition=Q(week_start__iso_week_day=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.week_start:%Y-%m-%d}"

import pghistory
from django.db import models
from django.db.models import F, Q


@pghistory.track()
class Desk(models.Model):
    """A telephone line of one client for residents or for stores, with its calendar as data."""

    class Kind(models.TextChoices):
        RESIDENTS = "RESIDENTS", "利用者"
        STORES = "STORES", "加盟店"

    client = models.ForeignKey(
        "users.Organization", verbose_name="発注者", on_delete=models.PROTECT
    )
    name = models.CharField("窓口の名称", max_length=60)
    kind = models.CharField("対象", max_length=10, choices=Kind.choices)
    phone = models.CharField("電話番号", max_length=20)
    first_day = models.DateField("開設日")
    last_day = models.DateField("最終日", null=True, blank=True)
    closes_on_holidays = models.BooleanField("祝日は休む", default=True)
    closes_at_year_end = models.BooleanField("年末年始（12月29日から1月3日）は休む", default=True)

    class Meta:
        verbose_name = "窓口"
        verbose_name_plural = "窓口"
        constraints = [
            models.UniqueConstraint(fields=["client", "name"], name="callcenter_desk_name_once"),
            models.CheckConstraint(
                name="callcenter_desk_days_ordered",
                condition=Q(last_day__isnull=True) | Q(first_day__lte=F("last_day")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class OpeningHours(models.Model):
    """When a desk answers on one weekday (Monday is 0); no row is a closed weekday."""

    desk = models.ForeignKey(
        Desk, verbose_name="窓口", on_delete=models.PROTECT, related_name="opening_hours"
    )
    weekday = models.PositiveSmallIntegerField("曜日（月曜が0）")
    opens = models.TimeField("開始")
    closes = models.TimeField("終了（この時刻を含まない）")

    class Meta:
        verbose_name = "受付時間"
        verbose_name_plural = "受付時間"
        constraints = [
            models.UniqueConstraint(
                fields=["desk", "weekday"], name="callcenter_openinghours_weekday_once"
            ),
            models.CheckConstraint(
                name="callcenter_openinghours_weekday_exists", condition=Q(weekday__lte=6)
            ),
            models.CheckConstraint(
                name="callcenter_openinghours_ordered", condition=Q(opens__lt=F("closes"))
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.desk} {'月火水木金土日'[self.weekday]} {self.opens:%H:%M}–{self.closes:%H:%M}"
        )


@pghistory.track()
class DeskDay(models.Model):
    """A day on which a desk does otherwise than its week: longer, closed, or forwarded (CC-01)."""

    class Kind(models.TextChoices):
        CLOSED = "CLOSED", "休み"
        OPEN = "OPEN", "開く"
        FORWARDED = "FORWARDED", "事務局へ転送"

    desk = models.ForeignKey(
        Desk, verbose_name="窓口", on_delete=models.PROTECT, related_name="days"
    )
    date = models.DateField("日")
    kind = models.CharField("扱い", max_length=10, choices=Kind.choices)
    opens = models.TimeField("開始", null=True, blank=True)
    closes = models.TimeField("終了（この時刻を含まない）", null=True, blank=True)
    reason = models.CharField("理由", max_length=100)

    class Meta:
        verbose_name = "窓口の特別な日"
        verbose_name_plural = "窓口の特別な日"
        constraints = [
            models.UniqueConstraint(fields=["desk", "date"], name="callcenter_deskday_once"),
            models.CheckConstraint(
                name="callcenter_deskday_hours_match_kind",
                condition=Q(kind="CLOSED", opens__isnull=True, closes__isnull=True)
                | Q(
                    kind__in=["OPEN", "FORWARDED"],
                    opens__isnull=False,
                    closes__isnull=False,
                    opens__lt=F("closes"),
                ),
            ),
            models.CheckConstraint(name="callcenter_deskday_has_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.desk} {self.date} {self.get_kind_display()}"


@pghistory.track()
class ClientClosedDay(models.Model):
    """A weekday on which the client does not work, beyond holidays and year-end."""

    client = models.ForeignKey(
        "users.Organization", verbose_name="発注者", on_delete=models.PROTECT
    )
    date = models.DateField("日")
    reason = models.CharField("理由", max_length=100)

    class Meta:
        verbose_name = "発注者の休業日"
        verbose_name_plural = "発注者の休業日"
        constraints = [
            models.UniqueConstraint(
                fields=["client", "date"], name="callcenter_clientclosedday_once"
            ),
            models.CheckConstraint(
                name="callcenter_clientclosedday_has_reason", condition=~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.reason}"


@pghistory.track()
class DeskRecipient(models.Model):
    """Whom the desk writes to at the client: reports, escalations and complaints by number only."""

    client = models.ForeignKey(
        "users.Organization", verbose_name="発注者", on_delete=models.PROTECT
    )
    name = models.CharField("宛先の名前", max_length=80)
    email = models.EmailField("メールアドレス")

    class Meta:
        verbose_name = "報告の宛先"
        verbose_name_plural = "報告の宛先"
        constraints = [
            models.UniqueConstraint(
                fields=["client", "email"], name="callcenter_deskrecipient_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name

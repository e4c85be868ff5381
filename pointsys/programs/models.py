import pghistory
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q


class Theme(models.TextChoices):
    """The six colour sets of the stylesheet; each is at least 7:1 against white."""

    GREEN = "green", "緑"
    BLUE = "blue", "青"
    TEAL = "teal", "青緑"
    PLUM = "plum", "紫"
    BRICK = "brick", "れんが"
    SLATE = "slate", "灰青"


@pghistory.track()
class Program(models.Model):
    """One points or voucher program (事業) of one client, with all its rules as data."""

    class Status(models.TextChoices):
        PREPARING = "PREPARING", "準備中"
        OPEN = "OPEN", "実施中"
        ENDED = "ENDED", "終了"

    class PaymentShift(models.TextChoices):
        PREVIOUS = "PREVIOUS", "直前の銀行営業日"
        NEXT = "NEXT", "直後の銀行営業日"

    class FeeRounding(models.TextChoices):
        DOWN = "DOWN", "切り捨て"
        HALF_UP = "HALF_UP", "四捨五入"
        UP = "UP", "切り上げ"

    client = models.ForeignKey(
        "users.Organization",
        verbose_name="発注者",
        on_delete=models.PROTECT,
        related_name="programs",
    )
    operator = models.ForeignKey(
        "users.Organization",
        verbose_name="受託者",
        on_delete=models.PROTECT,
        related_name="operated_programs",
    )
    code = models.SlugField("事業コード", max_length=30, unique=True)
    name = models.CharField("事業名", max_length=60)
    theme = models.CharField("配色", max_length=10, choices=Theme.choices, default=Theme.GREEN)
    status = models.CharField(
        "状態", max_length=10, choices=Status.choices, default=Status.PREPARING
    )

    # The area is a prefecture code ("04") or municipality codes ("04101" …), prefix-matched.
    area_codes = models.JSONField("対象地域のコード", default=list)
    area_name = models.CharField("対象地域", max_length=60)

    grant_starts_at = models.DateTimeField("付与の開始")
    grant_ends_at = models.DateTimeField("付与の終了（この時刻を含まない）")
    usage_starts_at = models.DateTimeField("利用の開始")
    usage_ends_at = models.DateTimeField("利用の終了（この時刻を含まない）")
    points_expire_at = models.DateTimeField("ポイントの失効時刻（この時刻を含まない）")

    issuance_ceiling_points = models.BigIntegerField("発行予定数（ポイント）")
    payment_limit_points = models.IntegerField(
        "1回の支払いの上限（ポイント）", null=True, blank=True
    )
    refund_limit_points = models.IntegerField(
        "担当者だけで返金できる上限（ポイント）", default=10_000
    )

    settlement_payment_day = models.PositiveSmallIntegerField(
        "支払日（翌月）",
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(28)],
    )
    settlement_payment_shift = models.CharField(
        "支払日が銀行休業日のとき",
        max_length=10,
        choices=PaymentShift.choices,
        default=PaymentShift.PREVIOUS,
    )
    file_lead_bank_days = models.PositiveSmallIntegerField(
        "振込データの提出（銀行営業日前）", default=2
    )
    system_fee_basis_points = models.PositiveIntegerField(
        "システム手数料（万分率。50 = 0.5%）", default=0
    )
    system_fee_rounding = models.CharField(
        "手数料の端数", max_length=10, choices=FeeRounding.choices, default=FeeRounding.DOWN
    )

    desk_name = models.CharField("問合せ窓口", max_length=60, default="コールセンター")
    desk_phone = models.CharField("問合せ電話", max_length=20)
    desk_hours = models.CharField("受付時間", max_length=120)

    class Meta:
        verbose_name = "事業"
        verbose_name_plural = "事業"
        constraints = [
            models.CheckConstraint(
                name="programs_program_usage_period_ordered",
                condition=Q(usage_starts_at__lt=F("usage_ends_at")),
            ),
            models.CheckConstraint(
                name="programs_program_grant_period_ordered",
                condition=Q(grant_starts_at__lt=F("grant_ends_at")),
            ),
            models.CheckConstraint(
                name="programs_program_ceiling_not_negative",
                condition=Q(issuance_ceiling_points__gte=0),
            ),
            models.CheckConstraint(
                name="programs_program_payment_day_exists_every_month",
                condition=Q(settlement_payment_day__gte=1, settlement_payment_day__lte=28),
            ),
            models.CheckConstraint(
                name="programs_program_fee_below_whole",
                condition=Q(system_fee_basis_points__lte=10_000),
            ),
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class ProhibitedGood(models.Model):
    """One kind of goods that points of a program never buy (ST-04)."""

    program = models.ForeignKey(
        Program, verbose_name="事業", on_delete=models.PROTECT, related_name="prohibited_goods"
    )
    code = models.CharField("コード", max_length=30)
    label = models.CharField("対象外の商品・サービス", max_length=120)
    source = models.CharField("根拠", max_length=120, blank=True)
    position = models.PositiveSmallIntegerField("並び順", default=0)

    class Meta:
        verbose_name = "利用対象外"
        verbose_name_plural = "利用対象外"
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "code"], name="programs_prohibitedgood_once"
            ),
        ]

    def __str__(self) -> str:
        return self.label

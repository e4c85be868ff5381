import pghistory
from django.db import models
from django.db.models import F, Q


@pghistory.track()
class Campaign(models.Model):
    """The sale of premium vouchers of one program (VO-01); its balance is that program's wallet.

    A set costs `set_price_yen` and is worth `set_value_points`; the difference is the premium.
    """

    program = models.OneToOneField(
        "programs.Program", verbose_name="事業", on_delete=models.PROTECT, related_name="campaign"
    )
    set_price_yen = models.PositiveIntegerField("1セットの価格（円）")
    set_value_points = models.PositiveIntegerField("1セットで使える額（円分）")
    limit_sets_per_person = models.PositiveSmallIntegerField("1人・1回の上限（セット）")
    pay_within_days = models.PositiveSmallIntegerField("先着順の支払期限（日）", default=7)
    # Slip money is known days after it was paid: sets stay reserved until its file can have come.
    deposit_lag_days = models.PositiveSmallIntegerField("入金データが届くまでの日数", default=3)

    class Meta:
        verbose_name = "商品券の販売"
        verbose_name_plural = "商品券の販売"
        constraints = [
            models.CheckConstraint(
                name="vouchers_campaign_value_covers_price",
                condition=Q(set_price_yen__gt=0, set_value_points__gte=F("set_price_yen")),
            ),
            models.CheckConstraint(
                name="vouchers_campaign_time_to_pay", condition=Q(pay_within_days__gte=1)
            ),
            models.CheckConstraint(
                name="vouchers_campaign_limit_positive", condition=Q(limit_sets_per_person__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return str(self.program)

    @property
    def set_premium_points(self) -> int:
        """What the client adds to each set."""
        return self.set_value_points - self.set_price_yen


@pghistory.track(exclude=["taken_sets", "told_up_to"])
class SaleRound(models.Model):
    """One round of a sale (販売回): by lottery, or first come, first served.

    `taken_sets` counts sets of orders that are paid or still may be; the check below is what keeps
    a round from being oversold, whoever comes at once (VO-07).
    """

    class Method(models.TextChoices):
        LOTTERY = "LOTTERY", "抽選"
        FIRST_COME = "FIRST_COME", "先着順"

    class Status(models.TextChoices):
        PREPARING = "PREPARING", "準備中"
        APPLYING = "APPLYING", "受付"
        DRAWN = "DRAWN", "抽選済み（承認待ち）"
        SELLING = "SELLING", "販売中"
        CLOSED = "CLOSED", "終了"

    campaign = models.ForeignKey(
        Campaign, verbose_name="商品券の販売", on_delete=models.PROTECT, related_name="rounds"
    )
    number = models.PositiveSmallIntegerField("回")
    method = models.CharField("方法", max_length=10, choices=Method.choices)
    status = models.CharField(
        "状態", max_length=10, choices=Status.choices, default=Status.PREPARING
    )
    residents_only = models.BooleanField("お住まいの確認が要る", default=True)
    planned_sets = models.PositiveIntegerField("予定のセット数")
    # What an earlier round left over (VO-07); a round's sets are planned + carried.
    carried_sets = models.PositiveIntegerField("前の回から移したセット数", default=0)
    # What this round gave to the next one when it closed: sets never multiply.
    moved_sets = models.PositiveIntegerField("次の回へ移したセット数", default=0)
    taken_sets = models.PositiveIntegerField("確保・販売したセット数", default=0)
    apply_starts_at = models.DateTimeField("申込の開始", null=True, blank=True)
    apply_ends_at = models.DateTimeField("申込の終了（この時刻を含まない）", null=True, blank=True)
    purchase_starts_at = models.DateTimeField("購入の開始")
    purchase_ends_at = models.DateTimeField("購入の終了（この時刻を含まない）")
    draw = models.OneToOneField(
        "draws.Draw", verbose_name="抽選", null=True, blank=True, on_delete=models.PROTECT
    )
    # Applicants are told in parts: how far that went, and when the last of them was told.
    told_up_to = models.BigIntegerField("お知らせを作った最後の申込", default=0, editable=False)
    told_at = models.DateTimeField("結果を知らせた日時", null=True, blank=True, editable=False)
    # Where the points of this round come from; made when its result is approved or its sale opens.
    principal_round = models.OneToOneField(
        "ledger.GrantRound",
        verbose_name="購入分の付与回",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    premium_round = models.OneToOneField(
        "ledger.GrantRound",
        verbose_name="上乗せ分の付与回",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = "販売回"
        verbose_name_plural = "販売回"
        ordering = ["campaign", "number"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="vouchers_round_once"),
            models.CheckConstraint(
                name="vouchers_round_never_oversold",
                condition=Q(
                    planned_sets__gte=F("taken_sets") + F("moved_sets") - F("carried_sets")
                ),
            ),
            models.CheckConstraint(
                name="vouchers_round_purchase_period_ordered",
                condition=Q(purchase_starts_at__lt=F("purchase_ends_at")),
            ),
            models.CheckConstraint(
                name="vouchers_round_lottery_has_application_period",
                condition=Q(
                    method="LOTTERY",
                    apply_starts_at__isnull=False,
                    apply_ends_at__isnull=False,
                    apply_starts_at__lt=F("apply_ends_at"),
                    apply_ends_at__lte=F("purchase_starts_at"),
                )
                | Q(method="FIRST_COME", apply_starts_at__isnull=True, apply_ends_at__isnull=True),
            ),
            models.CheckConstraint(
                name="vouchers_round_tells_after_approval",
                condition=Q(status__in=["SELLING", "CLOSED"])
                | Q(told_at__isnull=True, told_up_to=0),
            ),
            models.CheckConstraint(
                name="vouchers_round_sells_from_grant_rounds",
                condition=Q(status__in=["PREPARING", "APPLYING", "DRAWN"])
                | Q(principal_round__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign} 第{self.number}回"

    @property
    def sets(self) -> int:
        """All sets that this round may sell."""
        return self.planned_sets + self.carried_sets - self.moved_sets

    @property
    def left_sets(self) -> int:
        """Sets that nobody has taken."""
        return self.sets - self.taken_sets

"""What each store is owed for a month: made once, in one transaction, and never changed in amount.

`settlement/sql/fixed_rows_v1.sql` refuses changes of everything but the hold, and ties a carried
amount to the statement it comes from.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class StatementRun(models.Model):
    """The one making of a month's statements, with the ledger's totals it was made from."""

    period = models.OneToOneField(
        "ledger.Period",
        verbose_name="精算期間",
        on_delete=models.PROTECT,
        related_name="statement_run",
    )
    built_at = models.DateTimeField("作成日時")
    built_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="作成者",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    statement_count = models.PositiveIntegerField("明細の数")
    payment_count = models.PositiveIntegerField("支払の件数")
    payment_points = models.BigIntegerField("支払のポイント")
    refund_count = models.PositiveIntegerField("返金の件数")
    refund_points = models.BigIntegerField("返金のポイント")
    adjustment_count = models.PositiveIntegerField("締め後の調整の件数")
    adjustment_yen = models.BigIntegerField("締め後の調整")

    class Meta:
        verbose_name = "支払明細の作成"
        verbose_name_plural = "支払明細の作成"

    def __str__(self) -> str:
        return f"{self.period} {self.statement_count}件"

    @property
    def ledger_yen(self) -> int:
        """What the ledger says the stores are owed for this month."""
        return self.payment_points - self.refund_points + self.adjustment_yen


class Statement(models.Model):
    """What a store is owed for one month of a program (支払明細); 1 point is 1 yen."""

    class Status(models.TextChoices):
        PAYABLE = "PAYABLE", "振込対象"
        HELD = "HELD", "保留"
        CARRIED = "CARRIED", "翌月へ繰越"
        ZERO = "ZERO", "0円"

    class Hold(models.TextChoices):
        NONE = "", "なし"
        NO_ACCOUNT = "NO_ACCOUNT", "口座未登録"
        STOPPED = "STOPPED", "支払停止"

    program = models.ForeignKey(
        "programs.Program",
        verbose_name="事業",
        on_delete=models.PROTECT,
        related_name="statements",
    )
    period = models.ForeignKey(
        "ledger.Period",
        verbose_name="精算期間",
        on_delete=models.PROTECT,
        related_name="statements",
        db_index=False,  # led by the unique constraint
    )
    store = models.ForeignKey(
        "stores.Store", verbose_name="加盟店", on_delete=models.PROTECT, related_name="statements"
    )
    document_number = models.CharField("明細番号", max_length=20)
    # As they stood when the statement was made: a later change of name does not rewrite it.
    store_code = models.CharField("店舗コード", max_length=12)
    store_name = models.CharField("店名", max_length=120)

    payment_count = models.PositiveIntegerField("支払の件数")
    payment_points = models.BigIntegerField("支払のポイント")
    refund_count = models.PositiveIntegerField("返金の件数")
    refund_points = models.BigIntegerField("返金のポイント")
    # Refunds of months that were closed before: they take off this month's amount (LG-07).
    adjustment_count = models.PositiveIntegerField("締め後の調整の件数", default=0)
    adjustment_yen = models.BigIntegerField("締め後の調整", default=0)
    carried_in_yen = models.BigIntegerField("前月からの繰越", default=0)
    carried_from = models.OneToOneField(
        "self",
        verbose_name="繰越元の明細",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="carried_to",
    )
    amount_yen = models.BigIntegerField("支払額")

    status = models.CharField("状態", max_length=10, choices=Status.choices)
    hold = models.CharField("保留の種類", max_length=12, choices=Hold.choices, blank=True)
    hold_reason = models.CharField("保留の理由", max_length=300, blank=True)
    created_at = models.DateTimeField("作成日時")

    class Meta:
        verbose_name = "支払明細"
        verbose_name_plural = "支払明細"
        constraints = [
            models.UniqueConstraint(fields=["period", "store"], name="settlement_statement_once"),
            models.UniqueConstraint(
                fields=["program", "document_number"], name="settlement_statement_number_once"
            ),
            # The target of the foreign keys that repeat the amount (payout, carry).
            models.UniqueConstraint(
                fields=["id", "amount_yen"], name="settlement_statement_amount_key"
            ),
            models.CheckConstraint(
                name="settlement_statement_amount_adds_up",
                condition=Q(
                    amount_yen=F("payment_points")
                    - F("refund_points")
                    + F("adjustment_yen")
                    + F("carried_in_yen")
                ),
            ),
            models.CheckConstraint(
                name="settlement_statement_sums_not_negative",
                condition=Q(payment_points__gte=0, refund_points__gte=0),
            ),
            models.CheckConstraint(
                name="settlement_statement_status_matches_amount",
                condition=Q(status="ZERO", amount_yen=0)
                | Q(status="CARRIED", amount_yen__lt=0)
                | Q(status__in=["PAYABLE", "HELD"], amount_yen__gt=0),
            ),
            models.CheckConstraint(
                name="settlement_statement_hold_matches_status",
                condition=Q(status="HELD", hold="NO_ACCOUNT")
                | (Q(status="HELD", hold="STOPPED") & ~Q(hold_reason=""))
                | (~Q(status="HELD") & Q(hold="", hold_reason="")),
            ),
            models.CheckConstraint(
                name="settlement_statement_carry_names_its_source",
                condition=Q(carried_from__isnull=True, carried_in_yen=0)
                | Q(carried_from__isnull=False, carried_in_yen__lt=0),
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-id"], name="settlement_statement_store"),
            models.Index(
                fields=["program", "store"],
                condition=Q(status__in=["HELD", "CARRIED"]),
                name="settlement_statement_waiting",
            ),
        ]

    def __str__(self) -> str:
        return self.document_number

    @property
    def refund_yen(self) -> int:
        """What refunds take off, as a negative amount."""
        return -self.refund_points

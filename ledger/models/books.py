"""The books: accounts, the months of a program, and the transfers that are never changed.

The triggers that refuse UPDATE, DELETE and TRUNCATE are own SQL (`ledger/sql/append_only_v1.sql`):
those of a trigger library can be switched off for a session by any role.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q


class Account(models.Model):
    """One ledger account (勘定) of a program; per store where the kind says so (design.md 4)."""

    class Kind(models.TextChoices):
        ISSUANCE = "ISSUANCE", "発行"
        STORE_FUNDING = "STORE_FUNDING", "店舗負担"
        WALLET = "WALLET", "住民の残高"
        STORE_PAYABLE = "STORE_PAYABLE", "加盟店への未払い"
        PAID_OUT = "PAID_OUT", "振込済み"
        EXPIRED = "EXPIRED", "失効"
        PROJECT_USED = "PROJECT_USED", "事業への充当"
        EXCHANGE = "EXCHANGE", "交換"
        RETURNED_TO_CLIENT = "RETURNED_TO_CLIENT", "発注者への返還"
        ADJUSTMENT = "ADJUSTMENT", "調整"

    program = models.ForeignKey("programs.Program", verbose_name="事業", on_delete=models.PROTECT)
    kind = models.CharField("種別", max_length=20, choices=Kind.choices)
    store = models.ForeignKey(
        "stores.Store", verbose_name="加盟店", null=True, blank=True, on_delete=models.PROTECT
    )

    class Meta:
        verbose_name = "勘定"
        verbose_name_plural = "勘定"
        constraints = [
            models.UniqueConstraint(
                fields=["program", "kind", "store"],
                nulls_distinct=False,
                name="ledger_account_once",
            ),
            models.CheckConstraint(
                name="ledger_account_store_matches_kind",
                condition=Q(kind__in=["STORE_PAYABLE", "STORE_FUNDING"], store__isnull=False)
                | (~Q(kind__in=["STORE_PAYABLE", "STORE_FUNDING"]) & Q(store__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class Period(models.Model):
    """One month of a program (精算期間); a closed month never reopens."""

    class Status(models.TextChoices):
        OPEN = "OPEN", "締め前"
        CLOSED = "CLOSED", "締め済み"

    program = models.ForeignKey(
        "programs.Program", verbose_name="事業", on_delete=models.PROTECT, related_name="periods"
    )
    month = models.DateField("月（1日）")
    status = models.CharField("状態", max_length=10, choices=Status.choices, default=Status.OPEN)
    closed_at = models.DateTimeField("締め日時", null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="締めた人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = "精算期間"
        verbose_name_plural = "精算期間"
        constraints = [
            models.UniqueConstraint(fields=["program", "month"], name="ledger_period_once"),
            models.CheckConstraint(
                name="ledger_period_starts_on_the_first", condition=Q(month__day=1)
            ),
            models.CheckConstraint(
                name="ledger_period_closed_at_matches_status",
                condition=Q(status="OPEN", closed_at__isnull=True)
                | Q(status="CLOSED", closed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.get_status_display()}"


class Transfer(models.Model):
    """One movement of points, written once: its postings, month and key never change.

    `program` and `actor` carry no foreign key in the database: one hot parent row would be locked
    by every payment (reference/performance.md 3c); `verify_ledger` checks them.
    """

    class Kind(models.TextChoices):
        GRANT = "GRANT", "付与"
        PAYMENT = "PAYMENT", "支払"
        REFUND = "REFUND", "返金"
        EXPIRY = "EXPIRY", "失効"
        ADJUSTMENT = "ADJUSTMENT", "調整"
        MERGE = "MERGE", "統合"
        EXCHANGE = "EXCHANGE", "交換"
        PAYOUT = "PAYOUT", "振込"
        PAYOUT_RETURN = "PAYOUT_RETURN", "振込の返却"
        VOID = "VOID", "無効"

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    program = models.ForeignKey(
        "programs.Program",
        verbose_name="事業",
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
    )
    kind = models.CharField("種別", max_length=15, choices=Kind.choices)
    key = models.CharField("要求のキー", max_length=100)
    fingerprint = models.BinaryField(max_length=32, editable=False)
    wallet = models.ForeignKey(
        "ledger.Wallet",
        verbose_name="ウォレット",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
    )
    store = models.ForeignKey(
        "stores.Store",
        verbose_name="加盟店",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
    )
    points = models.BigIntegerField("ポイント")
    occurred_at = models.DateTimeField("発生日時")
    booked_date = models.DateField("記帳日")
    period = models.DateField("精算月（1日）")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="行為者",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    reverses = models.ForeignKey(
        "self",
        verbose_name="取消す取引",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
    )
    reason = models.CharField("理由", max_length=200, blank=True, db_default="")

    class Meta:
        verbose_name = "取引"
        verbose_name_plural = "取引"
        constraints = [
            models.UniqueConstraint(fields=["program", "key"], name="ledger_transfer_key_once"),
            models.CheckConstraint(
                name="ledger_transfer_points_positive",
                condition=Q(points__gt=0) | Q(kind="VOID", points=0),
            ),
            models.CheckConstraint(
                name="ledger_transfer_refund_names_payment",
                condition=Q(kind="REFUND", reverses__isnull=False) | ~Q(kind="REFUND"),
            ),
            models.CheckConstraint(
                name="ledger_transfer_period_is_a_month", condition=Q(period__day=1)
            ),
        ]
        indexes = [
            models.Index(fields=["wallet", "-id"], name="ledger_transfer_wallet"),
            models.Index(fields=["store", "-id"], name="ledger_transfer_store"),
            # Rows come in the order of their day, so a block range index finds a day or a month
            # at next to no cost for the payment that writes it.
            BrinIndex(
                fields=["booked_date", "period"], name="ledger_transfer_days", pages_per_range=16
            ),
            # Partial, so that payments, which reverse nothing, do not pay for it.
            models.Index(
                fields=["reverses"],
                condition=Q(reverses__isnull=False),
                name="ledger_transfer_reverses",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.points}"


class Posting(models.Model):
    """Points from one account to another; balanced by construction, written once."""

    transfer = models.ForeignKey(
        Transfer, verbose_name="取引", on_delete=models.PROTECT, related_name="postings"
    )
    from_account = models.ForeignKey(
        Account,
        verbose_name="出る勘定",
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    from_lot = models.ForeignKey(
        "ledger.Lot",
        verbose_name="出るロット",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="postings_out",
        db_index=False,
    )
    to_account = models.ForeignKey(
        Account,
        verbose_name="入る勘定",
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    to_lot = models.ForeignKey(
        "ledger.Lot",
        verbose_name="入るロット",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="postings_in",
        db_index=False,
    )
    points = models.BigIntegerField("ポイント")

    class Meta:
        verbose_name = "仕訳明細"
        verbose_name_plural = "仕訳明細"
        constraints = [
            models.CheckConstraint(
                name="ledger_posting_points_positive", condition=Q(points__gt=0)
            ),
            models.CheckConstraint(
                name="ledger_posting_moves",
                condition=~Q(from_account=F("to_account"))
                | (Q(from_lot__isnull=False, to_lot__isnull=False) & ~Q(from_lot=F("to_lot"))),
            ),
        ]
        # Partial: a posting has a lot on one side, seldom on both.
        indexes = [
            models.Index(
                fields=["from_lot"],
                condition=Q(from_lot__isnull=False),
                name="ledger_posting_from_lot",
            ),
            models.Index(
                fields=["to_lot"], condition=Q(to_lot__isnull=False), name="ledger_posting_to_lot"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points}"


class Payment(models.Model):
    """The till's side of a payment transfer; `refunded_points` is the only thing that moves."""

    class Channel(models.TextChoices):
        QR = "QR", "QRコード"
        CODE = "CODE", "店舗コード"
        CARD = "CARD", "カード"
        COUNTER = "COUNTER", "窓口"

    transfer = models.OneToOneField(
        Transfer,
        verbose_name="取引",
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="payment",
    )
    till = models.ForeignKey(
        "stores.Till", verbose_name="レジ", on_delete=models.PROTECT, db_index=False
    )
    channel = models.CharField("方法", max_length=10, choices=Channel.choices)
    receipt_number = models.CharField("受付番号", max_length=8)
    points = models.BigIntegerField("ポイント")
    refunded_points = models.BigIntegerField("返金済み", db_default=0)

    class Meta:
        verbose_name = "支払"
        verbose_name_plural = "支払"
        constraints = [
            models.UniqueConstraint(
                fields=["receipt_number"], name="ledger_payment_receipt_number_once"
            ),
            models.CheckConstraint(
                name="ledger_payment_refund_within_points",
                condition=Q(refunded_points__gte=0, refunded_points__lte=F("points")),
            ),
        ]

    def __str__(self) -> str:
        return self.receipt_number

"""Who holds points, and in which lots."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Source(models.TextChoices):
    """Who pays for a lot; every spend names its lots, so the bill to each funder is a sum."""

    PROGRAM = "PROGRAM", "事業"
    STORE = "STORE", "店舗"
    VOUCHER_PRINCIPAL = "VOUCHER_PRINCIPAL", "商品券（購入分）"
    VOUCHER_PREMIUM = "VOUCHER_PREMIUM", "商品券（上乗せ分）"


class Wallet(models.Model):
    """A holder's points in one program; its row is the one lock of a payment.

    `balance` is the book balance (lapsed lots stay in it until the sweep books them); what can be
    spent is the sum of live lots, see `ledger.queries.usable_points`.
    """

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", "使用中"
        FROZEN = "FROZEN", "利用停止"
        MERGED = "MERGED", "統合済み"
        CLOSED = "CLOSED", "閉鎖"

    program = models.ForeignKey(
        "programs.Program", verbose_name="事業", on_delete=models.PROTECT, related_name="wallets"
    )
    resident = models.ForeignKey(
        "residents.Resident",
        verbose_name="住民",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="wallets",
    )
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    status = models.CharField("状態", max_length=10, choices=Status.choices, default=Status.ACTIVE)
    balance = models.BigIntegerField("帳簿残高", default=0)
    opened_at = models.DateTimeField("開設日時")

    class Meta:
        verbose_name = "ウォレット"
        verbose_name_plural = "ウォレット"
        constraints = [
            models.UniqueConstraint(
                fields=["program", "resident"],
                condition=Q(resident__isnull=False),
                name="ledger_wallet_once",
            ),
            models.CheckConstraint(
                name="ledger_wallet_balance_not_negative", condition=Q(balance__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"ウォレット {self.pk}"


class GrantRound(models.Model):
    """One round of granting (付与回); approval reserves its total from the program's ceiling."""

    class Method(models.TextChoices):
        ALL = "ALL", "全員"
        LIST = "LIST", "名簿"
        LOTTERY = "LOTTERY", "抽選"
        ACTIVITY = "ACTIVITY", "活動"
        STAFF = "STAFF", "職員"

    class Status(models.TextChoices):
        DRAFT = "DRAFT", "作成中"
        APPROVED = "APPROVED", "承認済み"
        DONE = "DONE", "付与済み"
        CANCELLED = "CANCELLED", "取りやめ"

    program = models.ForeignKey(
        "programs.Program",
        verbose_name="事業",
        on_delete=models.PROTECT,
        related_name="grant_rounds",
    )
    name = models.CharField("名称", max_length=80)
    method = models.CharField("方法", max_length=10, choices=Method.choices)
    status = models.CharField("状態", max_length=10, choices=Status.choices, default=Status.DRAFT)
    source = models.CharField("負担", max_length=20, choices=Source.choices, default=Source.PROGRAM)
    funding_rank = models.PositiveSmallIntegerField("使う順", default=0)
    reserved_points = models.BigIntegerField("確保した数")
    granted_points = models.BigIntegerField("付与した数", default=0)
    usable_from = models.DateTimeField("使える最初の時刻")
    expires_at = models.DateTimeField("失効時刻（この時刻を含まない）")
    created_at = models.DateTimeField("作成日時")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="作成者",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = "付与回"
        verbose_name_plural = "付与回"
        constraints = [
            models.UniqueConstraint(fields=["program", "name"], name="ledger_grantround_name_once"),
            models.CheckConstraint(
                name="ledger_grantround_granted_within_reserved",
                condition=Q(granted_points__gte=0, granted_points__lte=F("reserved_points")),
            ),
            models.CheckConstraint(
                name="ledger_grantround_life_ordered",
                condition=Q(usable_from__lt=F("expires_at")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Lot(models.Model):
    """Points that came in together and die together at `expires_at` (half-open)."""

    wallet = models.ForeignKey(
        Wallet,
        verbose_name="ウォレット",
        on_delete=models.PROTECT,
        related_name="lots",
        db_index=False,
    )
    grant_transfer = models.ForeignKey(
        "ledger.Transfer", verbose_name="付与の取引", on_delete=models.PROTECT, related_name="lots"
    )
    round = models.ForeignKey(
        GrantRound,
        verbose_name="付与回",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="lots",
        db_index=False,
    )
    # What a single grant was for (`order:<uuid>`); a grant in bulk has none, so it comes once.
    occasion = models.CharField(
        "付与のきっかけ", max_length=50, blank=True, default="", db_default=""
    )
    source = models.CharField("負担", max_length=20, choices=Source.choices)
    funding_rank = models.PositiveSmallIntegerField("使う順", default=0)
    granted = models.BigIntegerField("付与")
    remaining = models.BigIntegerField("残り")
    usable_from = models.DateTimeField("使える最初の時刻")
    expires_at = models.DateTimeField("失効時刻（この時刻を含まない）")

    class Meta:
        verbose_name = "ロット"
        verbose_name_plural = "ロット"
        constraints = [
            models.CheckConstraint(
                name="ledger_lot_remaining_within_granted",
                condition=Q(remaining__gte=0, remaining__lte=F("granted")),
            ),
            models.CheckConstraint(name="ledger_lot_granted_positive", condition=Q(granted__gt=0)),
            models.UniqueConstraint(
                fields=["round", "wallet", "occasion"], name="ledger_lot_once_an_occasion"
            ),
        ]
        # None of them names `remaining`, not even as a condition: a spend then changes the lot in
        # place (a heap-only update) instead of writing every index again.
        indexes = [
            models.Index(
                fields=["wallet", "expires_at", "funding_rank", "id"], name="ledger_lot_in_order"
            ),
            models.Index(fields=["expires_at"], name="ledger_lot_expiring"),
        ]

    def __str__(self) -> str:
        return f"{self.remaining}/{self.granted}"

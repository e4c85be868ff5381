"""Sets that somebody may buy or has bought, and the money that came in for them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from vouchers.models.applications import Application
from vouchers.models.campaigns import SaleRound


class Buyer(models.Model):
    """How many sets one person holds or has bought in one round, over all orders (VO-01)."""

    sale_round = models.ForeignKey(
        SaleRound, verbose_name="販売回", on_delete=models.PROTECT, related_name="buyers"
    )
    resident = models.ForeignKey(
        "residents.Resident", verbose_name="住民", on_delete=models.PROTECT, related_name="+"
    )
    taken_sets = models.PositiveSmallIntegerField("確保・購入したセット数")
    # The campaign's limit when the row was made: a check cannot look at another table.
    limit_sets = models.PositiveSmallIntegerField("上限")

    class Meta:
        verbose_name = "購入者"
        verbose_name_plural = "購入者"
        constraints = [
            models.UniqueConstraint(fields=["sale_round", "resident"], name="vouchers_buyer_once"),
            models.CheckConstraint(
                name="vouchers_buyer_within_limit", condition=Q(taken_sets__lte=F("limit_sets"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.taken_sets}/{self.limit_sets}"


class Order(models.Model):
    """Sets that one person may buy, then has bought (購入); paid by slip or at a counter.

    Its points are granted once, in the transaction that marks it PAID: the lots carry the occasion
    `order:<uuid>` in the round's two grant rounds.
    """

    class Status(models.TextChoices):
        AWAITING_PAYMENT = "AWAITING_PAYMENT", "お支払い待ち"
        PAID = "PAID", "購入済み"
        LAPSED = "LAPSED", "期限切れ"

    sale_round = models.ForeignKey(
        SaleRound, verbose_name="販売回", on_delete=models.PROTECT, related_name="orders"
    )
    resident = models.ForeignKey(
        "residents.Resident", verbose_name="住民", on_delete=models.PROTECT, related_name="+"
    )
    application = models.OneToOneField(
        Application,
        verbose_name="申込",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="order",
    )
    uuid = models.UUIDField("公開ID", unique=True, default=uuid.uuid4, editable=False)
    # Made with the page that offers the purchase: sending it twice buys once.
    request_key = models.UUIDField("要求のキー", unique=True)
    # Twelve digits with a check digit: what the slip and the deposit file carry.
    slip_number = models.CharField("払込番号", max_length=12, unique=True)
    sets = models.PositiveSmallIntegerField("セット数")
    price_yen = models.PositiveIntegerField("代金（円）")
    principal_points = models.PositiveIntegerField("購入分（円分）")
    premium_points = models.PositiveIntegerField("上乗せ分（円分）")
    status = models.CharField(
        "状態", max_length=20, choices=Status.choices, default=Status.AWAITING_PAYMENT
    )
    ordered_at = models.DateTimeField("購入の申込日時")
    pay_until = models.DateTimeField("支払期限（この時刻を含まない）")
    paid_at = models.DateTimeField("入金日時", null=True, blank=True)
    lapsed_at = models.DateTimeField("期限切れの処理日時", null=True, blank=True)

    class Meta:
        verbose_name = "購入"
        verbose_name_plural = "購入"
        constraints = [
            models.CheckConstraint(name="vouchers_order_has_sets", condition=Q(sets__gte=1)),
            # One yen paid is one point of principal.
            models.CheckConstraint(
                name="vouchers_order_principal_is_its_price",
                condition=Q(principal_points=F("price_yen"), price_yen__gt=0),
            ),
            models.CheckConstraint(
                name="vouchers_order_instants_match_status",
                condition=Q(status="AWAITING_PAYMENT", paid_at__isnull=True, lapsed_at__isnull=True)
                | Q(status="PAID", paid_at__isnull=False, lapsed_at__isnull=True)
                | Q(status="LAPSED", paid_at__isnull=True, lapsed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["sale_round", "status"], name="vouchers_order_round_status"),
            models.Index(
                fields=["pay_until"],
                condition=Q(status="AWAITING_PAYMENT"),
                name="vouchers_order_waiting",
            ),
        ]

    def __str__(self) -> str:
        return self.slip_number


class DepositFile(models.Model):
    """One file of slip payments as the collecting agent sent it, with at least one new payment.

    The same bytes come in again only for rows that could not be taken before (dated tomorrow).
    """

    program = models.ForeignKey("programs.Program", verbose_name="事業", on_delete=models.PROTECT)
    file_name = models.CharField("ファイル名", max_length=200)
    file_sha256 = models.CharField("SHA-256", max_length=64)
    row_count = models.PositiveIntegerField("行数")
    new_count = models.PositiveIntegerField("新しい入金")
    known_count = models.PositiveIntegerField("取込み済みの入金")
    total_yen = models.BigIntegerField("新しい入金の計（円）")
    imported_at = models.DateTimeField("取込日時")
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="取り込んだ人", on_delete=models.PROTECT
    )

    class Meta:
        verbose_name = "入金データ"
        verbose_name_plural = "入金データ"
        constraints = [
            models.CheckConstraint(
                name="vouchers_depositfile_brings_something", condition=Q(new_count__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class Receipt(models.Model):
    """Money that came in (入金): from a deposit file or taken at a counter.

    What it says never changes (`vouchers/sql/receipts_v1.sql`); only what became of it is written
    once it is looked at: WAITING → MATCHED or OPEN → MATCHED or RETURNED.
    """

    class Channel(models.TextChoices):
        SLIP = "SLIP", "払込票"
        COUNTER = "COUNTER", "窓口"

    class Status(models.TextChoices):
        WAITING = "WAITING", "処理待ち"
        MATCHED = "MATCHED", "購入に充てた"
        OPEN = "OPEN", "確認が必要"
        RETURNED = "RETURNED", "返した"

    class Problem(models.TextChoices):
        UNKNOWN_SLIP = "UNKNOWN_SLIP", "払込番号に当たる購入がない"
        AMOUNT_DIFFERS = "AMOUNT_DIFFERS", "金額が代金と違う"
        ALREADY_PAID = "ALREADY_PAID", "すでに支払われている"
        LAPSED = "LAPSED", "期限を過ぎている"
        NOT_GRANTED = "NOT_GRANTED", "残高を入れられない"

    program = models.ForeignKey("programs.Program", verbose_name="事業", on_delete=models.PROTECT)
    channel = models.CharField("方法", max_length=10, choices=Channel.choices)
    # Of the deposit file's row, or the key of the counter's form: the same money is counted once.
    row_key = models.CharField("行のキー", max_length=80)
    deposit_file = models.ForeignKey(
        DepositFile,
        verbose_name="入金データ",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="receipts",
    )
    slip_number = models.CharField("払込番号", max_length=20)
    reference = models.CharField("取扱店・整理番号", max_length=60, blank=True)
    amount_yen = models.PositiveIntegerField("金額（円）")
    received_date = models.DateField("入金日")
    status = models.CharField("状態", max_length=10, choices=Status.choices)
    problem = models.CharField("理由", max_length=20, choices=Problem.choices, blank=True)
    order = models.ForeignKey(
        Order,
        verbose_name="購入",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="receipts",
    )
    recorded_at = models.DateTimeField("記録日時")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="記録した人",
        on_delete=models.PROTECT,
        related_name="+",
    )
    cleared_note = models.CharField("処理の記録", max_length=300, blank=True)
    cleared_at = models.DateTimeField("処理日時", null=True, blank=True)
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="処理した人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = "入金"
        verbose_name_plural = "入金"
        constraints = [
            models.UniqueConstraint(
                fields=["program", "channel", "row_key"], name="vouchers_receipt_row_once"
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(status="MATCHED"),
                name="vouchers_receipt_pays_an_order_once",
            ),
            models.CheckConstraint(
                name="vouchers_receipt_amount_positive", condition=Q(amount_yen__gt=0)
            ),
            models.CheckConstraint(
                name="vouchers_receipt_status_matches_order",
                condition=Q(status="WAITING", order__isnull=True, problem="")
                | Q(status="MATCHED", order__isnull=False)
                | (Q(status="OPEN") & ~Q(problem=""))
                | (Q(status="RETURNED") & ~Q(problem="")),
            ),
            # Whatever a second look changed says who, when and why.
            models.CheckConstraint(
                name="vouchers_receipt_clearing_is_signed",
                condition=(
                    Q(cleared_at__isnull=True, cleared_by__isnull=True, cleared_note="")
                    & ~Q(status="RETURNED")
                    & (Q(problem="") | ~Q(status="MATCHED"))
                )
                | (
                    Q(cleared_at__isnull=False, cleared_by__isnull=False)
                    & ~Q(cleared_note="")
                    & Q(status__in=["MATCHED", "RETURNED"])
                    & ~Q(problem="")
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["program", "status"], name="vouchers_receipt_status"),
            models.Index(
                fields=["deposit_file", "id"],
                condition=Q(status="WAITING"),
                name="vouchers_receipt_waiting",
            ),
            models.Index(fields=["slip_number"], name="vouchers_receipt_slip"),
        ]

    def __str__(self) -> str:
        return f"{self.slip_number} {self.amount_yen}"

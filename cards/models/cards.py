import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Technology(models.TextChoices):
    """How a card is read; an identifier is unique within its technology and system code."""

    FELICA = "F", "FeliCa"
    TYPE_A = "A", "Type A"
    QR = "Q", "QRコード"


@pghistory.track()
class CardPolicy(models.Model):
    """What cards of a program may do without a PIN (reference/cards.md 3.4)."""

    program = models.OneToOneField(
        "programs.Program",
        verbose_name="事業",
        on_delete=models.PROTECT,
        related_name="card_policy",
    )
    use_limit_points = models.PositiveIntegerField("1回に使える上限（ポイント）", default=1_000)
    day_limit_points = models.PositiveIntegerField("1日に使える上限（ポイント）", default=3_000)
    # The number is printed on the card's face: whoever saw it once could pay (ADR 0022).
    typed_numbers_pay = models.BooleanField("カード番号の入力で支払える", default=False)

    class Meta:
        verbose_name = "カードの決まり"
        verbose_name_plural = "カードの決まり"
        constraints = [
            models.CheckConstraint(
                name="cards_cardpolicy_use_within_day",
                condition=Q(use_limit_points__gte=1, use_limit_points__lte=F("day_limit_points")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program} カードの決まり"


class StockBatch(models.Model):
    """One delivery of blank cards as the maker's list names them (CA-02)."""

    program = models.ForeignKey("programs.Program", verbose_name="事業", on_delete=models.PROTECT)
    name = models.CharField("納品の名称", max_length=80)
    file_name = models.CharField("ファイル名", max_length=200)
    # HMAC under the card pepper: a plain hash of a short list would give its identifiers away.
    file_hmac = models.CharField("ファイルの照合値", max_length=64, editable=False)
    card_count = models.PositiveIntegerField("枚数")
    imported_at = models.DateTimeField("取込日時")
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="取り込んだ人", null=True, on_delete=models.PROTECT
    )

    class Meta:
        verbose_name = "カードの在庫"
        verbose_name_plural = "カードの在庫"
        constraints = [
            models.UniqueConstraint(fields=["program", "name"], name="cards_stockbatch_name_once"),
            models.UniqueConstraint(
                fields=["program", "file_hmac"], name="cards_stockbatch_file_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


# Blank cards come in by the hundred thousand: their batch tells when, history begins with a change.
@pghistory.track(pghistory.UpdateEvent(), exclude=["identifier_hmac", "token_hmac"])
class Card(models.Model):
    """A credential of a wallet: replacing a card moves no points (design.md 8).

    What a reader or a camera tells is stored only as a keyed HMAC: `identifier_hmac` of the chip,
    `token_hmac` of the random token in the card's QR code.
    """

    class Status(models.TextChoices):
        STOCK = "STOCK", "在庫"
        ISSUED = "ISSUED", "使用中"
        BLOCKED = "BLOCKED", "利用停止"
        REPLACED = "REPLACED", "交換済み"
        RETIRED = "RETIRED", "廃棄"

    program = models.ForeignKey(
        "programs.Program", verbose_name="事業", on_delete=models.PROTECT, related_name="cards"
    )
    batch = models.ForeignKey(
        StockBatch, verbose_name="在庫", on_delete=models.PROTECT, related_name="cards"
    )
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    # Printed on the face, with a check digit; not sequential, and opens nothing by itself.
    face_number = models.CharField("カード番号", max_length=16, unique=True)
    technology = models.CharField("種類", max_length=1, choices=Technology.choices)
    # Lower-case hex HMAC-SHA256 under the pepper of `pepper_version`; null where the card has none.
    identifier_hmac = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001
    token_hmac = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001
    pepper_version = models.PositiveSmallIntegerField(editable=False)
    status = models.CharField("状態", max_length=10, choices=Status.choices, default=Status.STOCK)
    wallet = models.ForeignKey(
        "ledger.Wallet",
        verbose_name="ウォレット",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="cards",
    )
    issued_at = models.DateTimeField("発行日時", null=True, blank=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="発行した人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    stopped_at = models.DateTimeField("停止日時", null=True, blank=True)
    reason = models.CharField("理由", max_length=200, blank=True)
    replaces = models.OneToOneField(
        "self",
        verbose_name="交換した元のカード",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replaced_by",
    )

    class Meta:
        verbose_name = "カード"
        verbose_name_plural = "カード"
        constraints = [
            models.UniqueConstraint(fields=["identifier_hmac"], name="cards_card_identifier_once"),
            models.UniqueConstraint(fields=["token_hmac"], name="cards_card_token_once"),
            models.UniqueConstraint(
                fields=["wallet"],
                condition=Q(status="ISSUED"),
                name="cards_card_one_live_card_a_wallet",
            ),
            models.CheckConstraint(
                name="cards_card_can_be_read",
                condition=Q(identifier_hmac__isnull=False) | Q(token_hmac__isnull=False),
            ),
            models.CheckConstraint(
                name="cards_card_wallet_matches_status",
                condition=Q(status="STOCK", wallet__isnull=True, issued_at__isnull=True)
                | Q(
                    status__in=["ISSUED", "BLOCKED", "REPLACED"],
                    wallet__isnull=False,
                    issued_at__isnull=False,
                )
                | Q(status="RETIRED"),
            ),
            models.CheckConstraint(
                name="cards_card_stop_has_reason",
                condition=Q(status__in=["STOCK", "ISSUED"], stopped_at__isnull=True)
                | (
                    Q(status__in=["BLOCKED", "REPLACED", "RETIRED"], stopped_at__isnull=False)
                    & ~Q(reason="")
                ),
            ),
        ]
        indexes = [models.Index(fields=["program", "status"], name="cards_card_status")]

    def __str__(self) -> str:
        return f"カード ●●●●{self.face_number[-4:]}"

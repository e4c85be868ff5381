import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from cards.models.cards import Card


@pghistory.track(exclude=["code_hash", "last_seen_at"])
class Terminal(models.Model):
    """A device of a store that reads cards: enrolled once by code, then known by its own key.

    The key never leaves the device; each request is signed, and a revoked terminal is refused on
    its next one (CA-05).
    """

    class Status(models.TextChoices):
        WAITING = "WAITING", "登録待ち"
        ACTIVE = "ACTIVE", "使用中"
        REVOKED = "REVOKED", "失効"

    program = models.ForeignKey(
        "programs.Program", verbose_name="事業", on_delete=models.PROTECT, related_name="terminals"
    )
    store = models.ForeignKey(
        "stores.Store", verbose_name="加盟店", on_delete=models.PROTECT, related_name="terminals"
    )
    # Payments at a terminal are booked on a till of the store.
    till = models.ForeignKey(
        "stores.Till", verbose_name="レジ", on_delete=models.PROTECT, related_name="+"
    )
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField("端末の名称", max_length=60)
    status = models.CharField("状態", max_length=10, choices=Status.choices, default=Status.WAITING)
    # Keyed hash of the one-time code; blank once it was used.
    code_hash = models.CharField(max_length=64, blank=True, editable=False)
    code_expires_at = models.DateTimeField("登録コードの期限", null=True, blank=True)
    # SubjectPublicKeyInfo (DER) of an ECDSA P-256 key.
    public_key = models.BinaryField(null=True, editable=False)
    created_at = models.DateTimeField("作成日時")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="作成者",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    enrolled_at = models.DateTimeField("登録日時", null=True, blank=True)
    last_seen_at = models.DateTimeField("最後の通信", null=True, blank=True)
    revoked_at = models.DateTimeField("失効日時", null=True, blank=True)
    reason = models.CharField("失効の理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "端末"
        verbose_name_plural = "端末"
        constraints = [
            models.UniqueConstraint(
                fields=["store", "program", "name"],
                condition=~Q(status="REVOKED"),
                name="cards_terminal_name_once",
            ),
            models.CheckConstraint(
                name="cards_terminal_key_matches_status",
                condition=(
                    Q(
                        status="WAITING",
                        public_key__isnull=True,
                        enrolled_at__isnull=True,
                        revoked_at__isnull=True,
                        code_expires_at__isnull=False,
                    )
                    & ~Q(code_hash="")
                )
                | Q(
                    status="ACTIVE",
                    public_key__isnull=False,
                    enrolled_at__isnull=False,
                    revoked_at__isnull=True,
                    code_hash="",
                )
                | (Q(status="REVOKED", revoked_at__isnull=False, code_hash="") & ~Q(reason="")),
            ),
            models.UniqueConstraint(
                fields=["code_hash"], condition=~Q(code_hash=""), name="cards_terminal_code_once"
            ),
            # One device, one terminal; a revoked one does not come back under its old key.
            models.UniqueConstraint(fields=["public_key"], name="cards_terminal_key_once"),
        ]

    def __str__(self) -> str:
        return self.name


class TerminalNonce(models.Model):
    """A nonce that a terminal has used; kept for twice the window in which requests are taken."""

    terminal = models.ForeignKey(Terminal, verbose_name="端末", on_delete=models.CASCADE)
    nonce = models.UUIDField("使い捨ての値")
    used_at = models.DateTimeField("使用日時", db_index=True)

    class Meta:
        verbose_name = "端末の使い捨ての値"
        verbose_name_plural = "端末の使い捨ての値"
        constraints = [
            models.UniqueConstraint(fields=["terminal", "nonce"], name="cards_terminalnonce_once"),
        ]

    def __str__(self) -> str:
        return str(self.nonce)


@pghistory.track()
class EarnRule(models.Model):
    """Points for a tap at a store's terminal: so many, once a day and person (CA-08)."""

    program = models.ForeignKey(
        "programs.Program", verbose_name="事業", on_delete=models.PROTECT, related_name="earn_rules"
    )
    name = models.CharField("名称", max_length=60)
    points = models.PositiveIntegerField("1回のポイント")
    # Null: every store with a terminal.
    store = models.ForeignKey(
        "stores.Store", verbose_name="加盟店", null=True, blank=True, on_delete=models.PROTECT
    )
    grant_round = models.OneToOneField(
        "ledger.GrantRound", verbose_name="付与回", on_delete=models.PROTECT, related_name="+"
    )
    is_active = models.BooleanField("受付中", default=True)

    class Meta:
        verbose_name = "カードの付与"
        verbose_name_plural = "カードの付与"
        constraints = [
            models.UniqueConstraint(fields=["program", "name"], name="cards_earnrule_name_once"),
            models.CheckConstraint(
                name="cards_earnrule_points_positive", condition=Q(points__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Reading(models.TextChoices):
    """How a card was told to a terminal; typing the number on its face is the last resort."""

    FELICA = "F", "FeliCa"
    TYPE_A = "A", "Type A"
    QR = "Q", "QRコード"
    NUMBER = "N", "番号の入力"


class TapFields(models.Model):
    """Which card was read at which terminal, in the transaction of what came of it."""

    terminal = models.ForeignKey(Terminal, verbose_name="端末", on_delete=models.PROTECT)
    card = models.ForeignKey(Card, verbose_name="カード", on_delete=models.PROTECT)
    technology = models.CharField("読取り", max_length=1, choices=Reading.choices)
    tapped_at = models.DateTimeField("日時")

    class Meta:
        abstract = True


class CardPayment(TapFields):
    """The tap behind a payment."""

    transfer = models.OneToOneField(
        "ledger.Transfer",
        verbose_name="取引",
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="card_payment",
    )
    points = models.BigIntegerField("ポイント")

    class Meta:
        verbose_name = "カードの支払い"
        verbose_name_plural = "カードの支払い"
        indexes = [
            models.Index(fields=["card", "tapped_at"], name="cards_cardpayment_card"),
            models.Index(fields=["terminal", "-tapped_at"], name="cards_cardpayment_terminal"),
        ]

    def __str__(self) -> str:
        return f"{self.points}"


class CardEarn(TapFields):
    """The tap behind a grant at a terminal."""

    transfer = models.OneToOneField(
        "ledger.Transfer",
        verbose_name="取引",
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="card_earn",
    )
    rule = models.ForeignKey(EarnRule, verbose_name="カードの付与", on_delete=models.PROTECT)
    points = models.BigIntegerField("ポイント")

    class Meta:
        verbose_name = "カードの付与の記録"
        verbose_name_plural = "カードの付与の記録"
        indexes = [
            models.Index(fields=["terminal", "-tapped_at"], name="cards_cardearn_terminal"),
        ]

    def __str__(self) -> str:
        return f"{self.points}"

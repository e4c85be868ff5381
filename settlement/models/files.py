import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class BankFile(models.Model):
    """The bytes of a batch, sealed and never changed; every download serves these.

    `content_sealed` is bound to `settlement.bank_file:<uuid>`; `sha256` is of the plain bytes.
    """

    batch = models.OneToOneField(
        "settlement.PayoutBatch",
        verbose_name="総合振込データ",
        on_delete=models.PROTECT,
        related_name="file",
    )
    profile = models.ForeignKey(
        "settlement.BankFileProfile",
        verbose_name="振込データの設定",
        on_delete=models.PROTECT,
        related_name="files",
        db_index=False,  # led by the unique constraint
    )
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    sequence = models.PositiveIntegerField("通番")
    sha256 = models.CharField("SHA-256", max_length=64)
    content_sealed = models.BinaryField(editable=False)
    size_bytes = models.PositiveIntegerField("バイト数")
    record_count = models.PositiveIntegerField("レコード数")
    payout_count = models.PositiveIntegerField("件数")
    total_yen = models.BigIntegerField("合計金額")
    # As counted when the file was made (settlement.queries.totals); counted again at approval.
    control_totals = models.JSONField("照合")
    created_at = models.DateTimeField("作成日時")

    class Meta:
        verbose_name = "銀行へ送るデータ"
        verbose_name_plural = "銀行へ送るデータ"
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "sequence"], name="settlement_bankfile_sequence_once"
            ),
            models.CheckConstraint(
                name="settlement_bankfile_digest_is_sha256",
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"),
            ),
            # Header, trailer and end record stand beside the payouts.
            models.CheckConstraint(
                name="settlement_bankfile_records_match_payouts",
                condition=Q(record_count=F("payout_count") + 3, payout_count__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"通番{self.sequence}"

    @property
    def seal_context(self) -> str:
        """What the sealed bytes are bound to."""
        return f"settlement.bank_file:{self.uuid}"


class BankFileDownload(models.Model):
    """Somebody took the file; never changed."""

    file = models.ForeignKey(
        BankFile,
        verbose_name="銀行へ送るデータ",
        on_delete=models.PROTECT,
        related_name="downloads",
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="取得した人",
        on_delete=models.PROTECT,
        related_name="+",
    )
    at = models.DateTimeField("取得日時")

    class Meta:
        verbose_name = "データの取得"
        verbose_name_plural = "データの取得"

    def __str__(self) -> str:
        return f"{self.file} {self.at:%Y-%m-%d %H:%M}"


class BankFileSubmission(models.Model):
    """The file was handed to the bank: once for ever, by the unique file."""

    class Channel(models.TextChoices):
        NETWORK = "NETWORK", "電送"
        INTERNET = "INTERNET", "インターネットバンキング"
        MEDIUM = "MEDIUM", "媒体の持込み"

    file = models.OneToOneField(
        BankFile,
        verbose_name="銀行へ送るデータ",
        on_delete=models.PROTECT,
        related_name="submission",
    )
    channel = models.CharField("送り方", max_length=10, choices=Channel.choices)
    bank_receipt_number = models.CharField("銀行の受付番号", max_length=40)
    submitted_at = models.DateTimeField("送信日時")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="登録した人",
        on_delete=models.PROTECT,
        related_name="+",
    )
    recorded_at = models.DateTimeField("登録日時")

    class Meta:
        verbose_name = "銀行への送信"
        verbose_name_plural = "銀行への送信"

    def __str__(self) -> str:
        return f"{self.file} {self.bank_receipt_number}"

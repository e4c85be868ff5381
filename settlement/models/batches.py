import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class PayoutBatch(models.Model):
    """One transfer file in the making (総合振込データ): made by one person, approved by another."""

    class Status(models.TextChoices):
        PREPARED = "PREPARED", "承認待ち"
        APPROVED = "APPROVED", "承認済"
        SUBMITTED = "SUBMITTED", "送信済"
        PAID = "PAID", "振込済"
        REJECTED = "REJECTED", "差戻し"
        SUPERSEDED = "SUPERSEDED", "無効"

    program = models.ForeignKey(
        "programs.Program",
        verbose_name="事業",
        on_delete=models.PROTECT,
        related_name="payout_batches",
    )
    period = models.ForeignKey(
        "ledger.Period",
        verbose_name="精算期間",
        on_delete=models.PROTECT,
        related_name="payout_batches",
        db_index=False,  # led by the unique constraint
    )
    profile = models.ForeignKey(
        "settlement.BankFileProfile",
        verbose_name="振込データの設定",
        on_delete=models.PROTECT,
        related_name="batches",
    )
    sequence = models.PositiveIntegerField("月の中の番号")
    status = models.CharField(
        "状態", max_length=10, choices=Status.choices, default=Status.PREPARED
    )
    payment_date = models.DateField("振込日")
    payment_date_reason = models.CharField("振込日の理由", max_length=120, blank=True)
    file_due_date = models.DateField("提出期限")
    payout_count = models.PositiveIntegerField("件数")
    total_yen = models.BigIntegerField("合計金額")

    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="作成者", on_delete=models.PROTECT, related_name="+"
    )
    prepared_at = models.DateTimeField("作成日時")
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="承認者",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    approved_at = models.DateTimeField("承認日時", null=True, blank=True)
    submitted_at = models.DateTimeField("送信日時", null=True, blank=True)
    paid_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="振込を記録した人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    paid_at = models.DateTimeField("振込の記録日時", null=True, blank=True)
    dropped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="差し戻した人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    dropped_at = models.DateTimeField("差戻し・差替えの日時", null=True, blank=True)
    drop_reason = models.CharField("差戻し・差替えの理由", max_length=500, blank=True)

    class Meta:
        verbose_name = "総合振込データ"
        verbose_name_plural = "総合振込データ"
        constraints = [
            models.UniqueConstraint(fields=["period", "sequence"], name="settlement_batch_once"),
            # Two files in the making for one program could carry one statement twice.
            models.UniqueConstraint(
                fields=["program"],
                condition=Q(status__in=["PREPARED", "APPROVED"]),
                name="settlement_batch_one_in_the_making",
            ),
            models.CheckConstraint(
                name="settlement_batch_approved_by_another",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("prepared_by")),
            ),
            models.CheckConstraint(
                name="settlement_batch_pays_something",
                condition=Q(payout_count__gt=0, total_yen__gt=0),
            ),
            models.CheckConstraint(
                name="settlement_batch_due_before_payment",
                condition=Q(file_due_date__lte=F("payment_date")),
            ),
            models.CheckConstraint(
                name="settlement_batch_approval_is_whole",
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="settlement_batch_times_match_status",
                condition=Q(
                    status="PREPARED",
                    approved_at__isnull=True,
                    submitted_at__isnull=True,
                    paid_at__isnull=True,
                    dropped_at__isnull=True,
                )
                | Q(
                    status="APPROVED",
                    approved_at__isnull=False,
                    submitted_at__isnull=True,
                    paid_at__isnull=True,
                    dropped_at__isnull=True,
                )
                | Q(
                    status="SUBMITTED",
                    approved_at__isnull=False,
                    submitted_at__isnull=False,
                    paid_at__isnull=True,
                    dropped_at__isnull=True,
                )
                | Q(
                    status="PAID",
                    approved_at__isnull=False,
                    submitted_at__isnull=False,
                    paid_at__isnull=False,
                    paid_by__isnull=False,
                    dropped_at__isnull=True,
                )
                | Q(
                    status__in=["REJECTED", "SUPERSEDED"],
                    submitted_at__isnull=True,
                    paid_at__isnull=True,
                    dropped_at__isnull=False,
                    dropped_by__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="settlement_batch_rejection_has_reason",
                condition=~Q(status="REJECTED", drop_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"B-{self.period.month:%y%m}-{self.sequence:02}"

    @property
    def number(self) -> str:
        """The name of the batch on papers and screens."""
        return str(self)

    @property
    def is_in_the_making(self) -> bool:
        """Whether the file has not gone to the bank yet and still may."""
        return self.status in {self.Status.PREPARED, self.Status.APPROVED}


class Payout(models.Model):
    """One line of a transfer file: a statement's amount to the account the store had that day.

    `account_sealed` holds the keys of `stores.BankAccount` under `settlement.payout:<uuid>`, so
    that a later change of account does not change what was sent.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING", "振込前"
        PAID = "PAID", "振込済"
        FAILED = "FAILED", "振込不能"
        RETURNED = "RETURNED", "組戻"
        CANCELLED = "CANCELLED", "取りやめ"

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    batch = models.ForeignKey(
        PayoutBatch, verbose_name="総合振込データ", on_delete=models.PROTECT, related_name="payouts"
    )
    statement = models.ForeignKey(
        "settlement.Statement",
        verbose_name="支払明細",
        on_delete=models.PROTECT,
        related_name="payouts",
    )
    position = models.PositiveIntegerField("データの行番号")
    amount_yen = models.BigIntegerField("金額")
    account_sealed = models.BinaryField(editable=False)
    # stores.BankAccount.fingerprint: finds one account paid twice in a file.
    account_fingerprint = models.CharField(max_length=64, editable=False)
    bank_name = models.CharField("銀行", max_length=60)
    branch_name = models.CharField("支店", max_length=60)
    account_type = models.CharField("預金種目", max_length=1)
    number_tail = models.CharField("口座番号の末尾3けた", max_length=3)
    payee_kana = models.CharField("受取人名", max_length=48)
    status = models.CharField("状態", max_length=10, choices=Status.choices, default=Status.PENDING)
    paid_at = models.DateTimeField("振込日時", null=True, blank=True)

    class Meta:
        verbose_name = "振込"
        verbose_name_plural = "振込"
        constraints = [
            # Nothing is paid twice: only a failed, returned or cancelled payout makes room.
            models.UniqueConstraint(
                fields=["statement"],
                condition=~Q(status__in=["FAILED", "RETURNED", "CANCELLED"]),
                name="settlement_payout_one_live",
            ),
            models.UniqueConstraint(
                fields=["batch", "position"], name="settlement_payout_position_once"
            ),
            models.CheckConstraint(
                name="settlement_payout_amount_positive", condition=Q(amount_yen__gt=0)
            ),
            models.CheckConstraint(
                name="settlement_payout_paid_at_matches_status",
                condition=Q(status__in=["PENDING", "CANCELLED"], paid_at__isnull=True)
                | Q(status="FAILED")
                | Q(status__in=["PAID", "RETURNED"], paid_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.statement} {self.amount_yen}"

    @property
    def seal_context(self) -> str:
        """What the sealed account is bound to."""
        return f"settlement.payout:{self.uuid}"

    @property
    def ledger_key(self) -> str:
        """The key under which the ledger books this payout, once."""
        return f"payout:{self.uuid}"

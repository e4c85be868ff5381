import uuid

import pghistory
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q


@pghistory.track(exclude=["account_sealed"])
class BankFileProfile(models.Model):
    """From which account a client's stores are paid, and how that bank wants its files.

    `account_sealed` holds {"account_number"} under `settlement.bank_file_profile:<uuid>`.
    """

    class Separator(models.TextChoices):
        CRLF = "CRLF", "CR+LF（標準）"
        LF = "LF", "LF"
        NONE = "NONE", "なし"

    class AccountType(models.TextChoices):
        ORDINARY = "1", "普通"
        CURRENT = "2", "当座"
        OTHER = "9", "その他"

    class TransferCategory(models.TextChoices):
        TELEGRAPHIC = "7", "7（電信）"
        DOCUMENT = "8", "8（文書）"
        ZERO = "0", "0（指定なし）"
        BLANK = "", "空白（指定なし）"

    class ClearingHouse(models.TextChoices):
        ZEROS = "0000", "0000（標準）"
        BLANK = "", "空白"

    class Reference(models.TextChoices):
        CODES = "CODES", "顧客コード（店舗・月）"
        EDI = "EDI", "EDI情報（明細番号）"
        NONE = "NONE", "なし"

    client = models.ForeignKey(
        "users.Organization", verbose_name="発注者", on_delete=models.PROTECT, related_name="+"
    )
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField("名称", max_length=60)
    is_active = models.BooleanField("使用中", default=True)

    consignor_code = models.CharField("委託者コード", max_length=10)
    consignor_kana = models.CharField("委託者名（カナ）", max_length=40)
    bank_code = models.CharField("銀行コード", max_length=4)
    bank_name = models.CharField("銀行", max_length=60)
    bank_kana = models.CharField("銀行名（カナ）", max_length=15, blank=True)
    branch_code = models.CharField("支店コード", max_length=3)
    branch_name = models.CharField("支店", max_length=60)
    branch_kana = models.CharField("支店名（カナ）", max_length=15, blank=True)
    account_type = models.CharField("預金種目", max_length=1, choices=AccountType.choices)
    account_sealed = models.BinaryField(editable=False)
    number_tail = models.CharField("口座番号の末尾3けた", max_length=3)

    separator = models.CharField(
        "レコードの区切り", max_length=4, choices=Separator.choices, default=Separator.CRLF
    )
    separator_after_last = models.BooleanField("最後のレコードの後にも区切りを置く", default=True)
    ends_with_eof = models.BooleanField("ファイルの終わりに0x1Aを置く", default=False)
    clearing_house = models.CharField(
        "手形交換所番号",
        max_length=4,
        blank=True,
        choices=ClearingHouse.choices,
        default=ClearingHouse.ZEROS,
    )
    transfer_category = models.CharField(
        "振込指定区分",
        max_length=1,
        blank=True,
        choices=TransferCategory.choices,
        default=TransferCategory.TELEGRAPHIC,
    )
    writes_bank_names = models.BooleanField("銀行名・支店名を書く", default=True)
    customer_codes_as_text = models.BooleanField("顧客コードを文字として書く", default=False)
    reference = models.CharField(
        "明細との対応", max_length=5, choices=Reference.choices, default=Reference.CODES
    )
    # One request of the API banks takes 9,999 records (banking.md part 1).
    max_payments = models.PositiveIntegerField(
        "1ファイルの上限（件）",
        default=9_999,
        validators=[MinValueValidator(1), MaxValueValidator(9_999)],
    )

    class Meta:
        verbose_name = "振込データの設定"
        verbose_name_plural = "振込データの設定"
        constraints = [
            models.UniqueConstraint(fields=["client", "name"], name="settlement_profile_name_once"),
            models.CheckConstraint(
                name="settlement_profile_one_file_limit",
                condition=Q(max_payments__gte=1, max_payments__lte=9_999),
            ),
            models.CheckConstraint(
                name="settlement_profile_codes_are_digits",
                condition=Q(
                    consignor_code__regex=r"^[0-9]{10}$",
                    bank_code__regex=r"^[0-9]{4}$",
                    branch_code__regex=r"^[0-9]{3}$",
                    number_tail__regex=r"^[0-9]{3}$",
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def seal_context(self) -> str:
        """What the sealed account number is bound to."""
        return f"settlement.bank_file_profile:{self.uuid}"

import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q


class StoreFields(models.Model):
    """What is known of a shop, the same in an application and in the store made from it."""

    name = models.CharField("店名", max_length=120)
    name_kana = models.CharField("店名カナ", max_length=160, blank=True)
    industry = models.CharField("業種", max_length=80, blank=True)
    postal_code = models.CharField("郵便番号", max_length=7, blank=True)
    municipality_code = models.CharField("市区町村コード", max_length=5, blank=True)
    address = models.CharField("所在地", max_length=240)
    phone = models.CharField("電話番号", max_length=40, blank=True)
    website = models.CharField("ウェブサイト", max_length=300, blank=True)
    latitude = models.DecimalField("緯度", max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField("経度", max_digits=9, decimal_places=6, null=True, blank=True)
    # Keys for finding the same shop again; made by pointsys.common, never shown.
    name_key = models.CharField(max_length=160, blank=True, editable=False)
    address_key = models.CharField(max_length=240, blank=True, editable=False)
    phone_key = models.CharField(max_length=20, blank=True, editable=False)

    class Meta:
        abstract = True


@pghistory.track(exclude=["name_key", "address_key", "phone_key"])
class Store(StoreFields):
    """A shop of one client; the same shop under two clients is two rows."""

    client = models.ForeignKey(
        "users.Organization", verbose_name="発注者", on_delete=models.PROTECT
    )
    code = models.CharField("店舗コード", max_length=12)
    contact_name = models.CharField("担当者", max_length=80, blank=True)
    contact_email = models.EmailField("連絡先メール", blank=True)

    class Meta:
        verbose_name = "加盟店"
        verbose_name_plural = "加盟店"
        constraints = [
            models.UniqueConstraint(fields=["client", "code"], name="stores_store_code_once"),
        ]
        indexes = [
            models.Index(fields=["client", "name_key"], name="stores_store_name_key"),
            models.Index(fields=["client", "phone_key"], name="stores_store_phone_key"),
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Enrolment(models.Model):
    """A store's part in one program; only an active one takes payments."""

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", "参加中"
        SUSPENDED = "SUSPENDED", "利用停止"
        WITHDRAWN = "WITHDRAWN", "脱退"

    program = models.ForeignKey(
        "programs.Program", verbose_name="事業", on_delete=models.PROTECT, related_name="enrolments"
    )
    store = models.ForeignKey(
        Store, verbose_name="加盟店", on_delete=models.PROTECT, related_name="enrolments"
    )
    status = models.CharField("状態", max_length=10, choices=Status.choices, default=Status.ACTIVE)
    reason = models.CharField("理由", max_length=300, blank=True)
    enrolled_at = models.DateTimeField("参加日時")

    class Meta:
        verbose_name = "参加"
        verbose_name_plural = "参加"
        constraints = [
            models.UniqueConstraint(fields=["program", "store"], name="stores_enrolment_once"),
            models.CheckConstraint(
                name="stores_enrolment_stop_has_reason",
                condition=Q(status="ACTIVE") | ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store} {self.get_status_display()}"


@pghistory.track(exclude=["details_sealed"])
class BankAccount(models.Model):
    """Where a store is paid; number and holder are sealed, and one row a store is current.

    `details_sealed` holds {"bank_code", "branch_code", "account_type", "account_number",
    "holder_kana"} (zengin codes; holder in half-width kana) under `stores.bank_account:<uuid>`.
    """

    store = models.ForeignKey(
        Store, verbose_name="加盟店", on_delete=models.PROTECT, related_name="bank_accounts"
    )
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    details_sealed = models.BinaryField(editable=False)
    # Keyed digest of bank, branch, type and number: finds one account used by two stores.
    fingerprint = models.CharField(max_length=64, editable=False)
    bank_name = models.CharField("銀行", max_length=60)
    branch_name = models.CharField("支店", max_length=60)
    number_tail = models.CharField("口座番号の末尾3けた", max_length=3)
    is_current = models.BooleanField("使用中", default=True)
    registered_at = models.DateTimeField("登録日時")
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="登録者",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = "振込口座"
        verbose_name_plural = "振込口座"
        constraints = [
            models.UniqueConstraint(
                fields=["store"],
                condition=Q(is_current=True),
                name="stores_bankaccount_one_current",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank_name} {self.branch_name} ●●●●{self.number_tail}"


@pghistory.track()
class Till(models.Model):
    """One QR stand of a store in a program; the code is what the QR carries and what is typed."""

    program = models.ForeignKey(
        "programs.Program", verbose_name="事業", on_delete=models.PROTECT, related_name="tills"
    )
    store = models.ForeignKey(
        Store, verbose_name="加盟店", on_delete=models.PROTECT, related_name="tills"
    )
    number = models.PositiveSmallIntegerField("レジ番号")
    code = models.CharField("8文字のコード", max_length=8, unique=True)
    key_id = models.CharField("署名鍵", max_length=8)
    issued_at = models.DateTimeField("発行日時")
    revoked_at = models.DateTimeField("失効日時", null=True, blank=True)

    class Meta:
        verbose_name = "レジのQR"
        verbose_name_plural = "レジのQR"
        constraints = [
            models.UniqueConstraint(
                fields=["program", "store", "number"],
                condition=Q(revoked_at__isnull=True),
                name="stores_till_number_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store} レジ{self.number}"


@pghistory.track()
class StoreStaff(models.Model):
    """A user who works for a store."""

    class Role(models.TextChoices):
        OWNER = "OWNER", "店主"
        CLERK = "CLERK", "店員"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="利用者",
        on_delete=models.CASCADE,
        related_name="store_staff",
    )
    store = models.ForeignKey(
        Store, verbose_name="加盟店", on_delete=models.PROTECT, related_name="staff"
    )
    role = models.CharField("役割", max_length=10, choices=Role.choices)

    class Meta:
        verbose_name = "店舗の利用者"
        verbose_name_plural = "店舗の利用者"
        constraints = [
            models.UniqueConstraint(fields=["user", "store"], name="stores_storestaff_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"

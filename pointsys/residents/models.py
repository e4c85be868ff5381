import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class Resident(models.Model):
    """A resident of one client; contact data are sealed, the sign-in address stands on the user."""

    class Sex(models.TextChoices):
        FEMALE = "FEMALE", "女性"
        MALE = "MALE", "男性"
        UNKNOWN = "UNKNOWN", "回答なし"

    client = models.ForeignKey(
        "users.Organization", verbose_name="発注者", on_delete=models.PROTECT
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name="サインイン",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="resident",
    )
    uuid = models.UUIDField("公開ID", unique=True, default=uuid.uuid4, editable=False)
    external_id = models.CharField("アプリのID", max_length=64)
    name = models.CharField("氏名", max_length=100)
    name_kana = models.CharField("氏名カナ", max_length=100, blank=True)
    municipality_code = models.CharField("市区町村コード", max_length=5)
    birth_year = models.PositiveSmallIntegerField("生年", null=True, blank=True)
    sex = models.CharField("性別", max_length=10, choices=Sex.choices, default=Sex.UNKNOWN)
    mini_apps = models.JSONField("利用中のミニアプリ", default=list, blank=True)
    # {"phone", "postal_code", "address"} under context `residents.resident:<uuid>`.
    contact_sealed = models.BinaryField(null=True, blank=True, editable=False)
    # Keyed digest of the sealed telephone number (pointsys.common.phone_digest): who is calling.
    phone_digest = models.CharField(max_length=80, blank=True, editable=False)
    imported_at = models.DateTimeField("取込日時")

    class Meta:
        verbose_name = "住民"
        verbose_name_plural = "住民"
        constraints = [
            models.UniqueConstraint(
                fields=["client", "external_id"], name="residents_resident_external_id_once"
            ),
            models.CheckConstraint(
                name="residents_resident_external_id_given", condition=~Q(external_id="")
            ),
        ]
        indexes = [
            models.Index(fields=["client", "name_kana"], name="residents_client_kana"),
            models.Index(
                fields=["client", "phone_digest"],
                condition=~Q(phone_digest=""),
                name="residents_client_phone",
            ),
        ]

    def __str__(self) -> str:
        return f"住民 {self.external_id}"

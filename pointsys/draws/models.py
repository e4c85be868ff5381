"""A lottery and its entries; the order of the entries follows from a seed that anybody can check.

`draws` knows neither residents nor vouchers: an entrant is a UUID, and who held the lottery names
the Draw by a foreign key of its own.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Draw(models.Model):
    """One lottery (抽選): its rule and supply, its seed, and what became of it (design.md 5)."""

    class Rule(models.TextChoices):
        SINGLE = "SINGLE", "1口ずつ"
        MOST_PEOPLE = "MOST_PEOPLE", "できるだけ多くの方に"
        ALL_OR_NOTHING = "ALL_OR_NOTHING", "希望数の全部か、なし"
        PROPORTIONAL_CUT = "PROPORTIONAL_CUT", "希望数に比例"

    class Status(models.TextChoices):
        DRAFT = "DRAFT", "準備中"
        FROZEN = "FROZEN", "申込を確定"
        DRAWN = "DRAWN", "抽選済み（承認待ち）"
        APPROVED = "APPROVED", "承認済み"
        PUBLISHED = "PUBLISHED", "公表済み"
        VOIDED = "VOIDED", "取りやめ"

    organization = models.ForeignKey(
        "users.Organization", verbose_name="発注者", on_delete=models.PROTECT
    )
    uuid = models.UUIDField("公開ID", unique=True, default=uuid.uuid4, editable=False)
    title = models.CharField("名称", max_length=120)
    rule = models.CharField("割当ての決まり", max_length=20, choices=Rule.choices)
    supply = models.PositiveIntegerField("当選口数の上限")
    status = models.CharField("状態", max_length=10, choices=Status.choices, default=Status.DRAFT)
    entry_count = models.PositiveIntegerField("申込の数", default=0)
    requested_units = models.PositiveIntegerField("申込口数の計", default=0)
    entries_root = models.CharField("申込一覧のルート", max_length=64, blank=True)
    frozen_at = models.DateTimeField("確定日時", null=True, blank=True)
    # The office's half of the seed, sealed as `draws.draw:<uuid>`; its digest is shown early.
    secret_sealed = models.BinaryField(null=True, editable=False)
    secret_sha256 = models.CharField("秘密値のSHA-256", max_length=64, blank=True)
    # The other half, which the office cannot know at the freeze (witnesses' numbers, a beacon).
    public_value = models.CharField("立会人の値", max_length=200, blank=True)
    seed = models.CharField("種", max_length=64, blank=True)
    drawn_at = models.DateTimeField("抽選日時", null=True, blank=True)
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="抽選した人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    result_sha256 = models.CharField("結果のSHA-256", max_length=64, blank=True)
    published_at = models.DateTimeField("公表日時", null=True, blank=True)
    void_reason = models.CharField("取りやめの理由", max_length=300, blank=True)
    replaces = models.OneToOneField(
        "self",
        verbose_name="やり直す抽選",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replaced_by",
    )

    class Meta:
        verbose_name = "抽選"
        verbose_name_plural = "抽選"
        constraints = [
            models.CheckConstraint(
                name="draws_draw_frozen_before_drawn",
                condition=Q(status="DRAFT", frozen_at__isnull=True, entries_root="")
                | Q(status="VOIDED")
                | (
                    Q(
                        status__in=["FROZEN", "DRAWN", "APPROVED", "PUBLISHED"],
                        frozen_at__isnull=False,
                        secret_sealed__isnull=False,
                    )
                    & ~Q(entries_root="")
                    & ~Q(secret_sha256="")
                ),
            ),
            models.CheckConstraint(
                name="draws_draw_result_matches_status",
                condition=Q(
                    status__in=["DRAFT", "FROZEN"],
                    drawn_at__isnull=True,
                    seed="",
                    result_sha256="",
                )
                | Q(status="VOIDED")
                | (
                    Q(status__in=["DRAWN", "APPROVED", "PUBLISHED"], drawn_at__isnull=False)
                    & ~Q(seed="")
                    & ~Q(public_value="")
                    & ~Q(result_sha256="")
                ),
            ),
            models.CheckConstraint(
                name="draws_draw_published_at_matches_status",
                condition=Q(status="PUBLISHED", published_at__isnull=False)
                | (~Q(status="PUBLISHED") & Q(published_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="draws_draw_void_has_reason",
                condition=(Q(status="VOIDED") & ~Q(void_reason=""))
                | (~Q(status="VOIDED") & Q(void_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Entry(models.Model):
    """What one entrant asked for (申込口); never changed after the freeze but for its result."""

    draw = models.ForeignKey(
        Draw, verbose_name="抽選", on_delete=models.PROTECT, related_name="entries"
    )
    # Random, told to the entrant; the published list names nobody otherwise.
    entry_no = models.BigIntegerField("申込番号")
    applicant_uuid = models.UUIDField("申込者", editable=False)
    salt = models.BinaryField(max_length=16, editable=False)
    units = models.PositiveIntegerField("希望口数")
    leaf = models.BinaryField(max_length=32, editable=False)
    rank = models.PositiveIntegerField("順位", null=True, blank=True)
    won_units = models.PositiveIntegerField("当選口数", null=True, blank=True)

    class Meta:
        verbose_name = "申込口"
        verbose_name_plural = "申込口"
        constraints = [
            models.UniqueConstraint(fields=["draw", "entry_no"], name="draws_entry_number_once"),
            models.UniqueConstraint(
                fields=["draw", "applicant_uuid"], name="draws_entry_applicant_once"
            ),
            models.UniqueConstraint(fields=["draw", "rank"], name="draws_entry_rank_once"),
            models.CheckConstraint(
                name="draws_entry_asks_for_something", condition=Q(units__gte=1)
            ),
            models.CheckConstraint(
                name="draws_entry_wins_within_its_units",
                condition=Q(rank__isnull=True, won_units__isnull=True)
                | Q(rank__isnull=False, won_units__gte=0, won_units__lte=F("units")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry_no}"

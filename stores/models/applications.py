import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from stores.models.store import Store, StoreFields


class ImportRun(models.Model):
    """One file that was read: what it was, who read it and what came of it."""

    program = models.ForeignKey("programs.Program", verbose_name="事業", on_delete=models.PROTECT)
    kind = models.CharField("種別", max_length=20)
    source = models.CharField("出所", max_length=80)
    file_name = models.CharField("ファイル名", max_length=200)
    file_sha256 = models.CharField("SHA-256", max_length=64)
    row_count = models.PositiveIntegerField("行数")
    created_count = models.PositiveIntegerField("新規")
    unchanged_count = models.PositiveIntegerField("変更なし")
    rejected = models.JSONField("取り込めなかった行", default=list)
    at = models.DateTimeField("日時")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="実行者", null=True, on_delete=models.PROTECT
    )

    class Meta:
        verbose_name = "取込み"
        verbose_name_plural = "取込み"

    def __str__(self) -> str:
        return f"{self.source} {self.file_name}"


@pghistory.track(exclude=["name_key", "address_key", "phone_key", "raw"])
class StoreApplication(StoreFields):
    """A shop that asked, or was listed, to take part in a program, until the office decides."""

    class Status(models.TextChoices):
        SUBMITTED = "SUBMITTED", "審査待ち"
        APPROVED = "APPROVED", "承認"
        REJECTED = "REJECTED", "不承認"
        MERGED = "MERGED", "統合"

    program = models.ForeignKey(
        "programs.Program",
        verbose_name="事業",
        on_delete=models.PROTECT,
        related_name="applications",
    )
    import_run = models.ForeignKey(
        ImportRun, verbose_name="取込み", null=True, blank=True, on_delete=models.PROTECT
    )
    source = models.CharField("出所", max_length=80)
    # Stable key of the row in its source: reading the same list twice creates nothing.
    source_key = models.CharField("行のキー", max_length=64)
    row_number = models.PositiveIntegerField("行番号", null=True, blank=True)
    raw = models.JSONField("元の値", default=dict)
    # [{"code", "field", "message"}]: for the screening, not errors.
    findings = models.JSONField("確認事項", default=list)
    status = models.CharField(
        "状態", max_length=10, choices=Status.choices, default=Status.SUBMITTED
    )
    store = models.ForeignKey(
        Store,
        verbose_name="加盟店",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="applications",
    )
    submitted_at = models.DateTimeField("申込日時")
    decided_at = models.DateTimeField("決定日時", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="決定者",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    decision_reason = models.CharField("決定の理由", max_length=500, blank=True)

    class Meta:
        verbose_name = "加盟申込"
        verbose_name_plural = "加盟申込"
        constraints = [
            models.UniqueConstraint(
                fields=["program", "source", "source_key"], name="stores_application_row_once"
            ),
            models.CheckConstraint(
                name="stores_application_decision_matches_status",
                condition=Q(
                    status="SUBMITTED",
                    decided_at__isnull=True,
                    decided_by__isnull=True,
                    store__isnull=True,
                )
                | (
                    Q(
                        status__in=["APPROVED", "MERGED"],
                        decided_at__isnull=False,
                        decided_by__isnull=False,
                        store__isnull=False,
                    )
                    & ~Q(decision_reason="")
                )
                | (
                    Q(
                        status="REJECTED",
                        decided_at__isnull=False,
                        decided_by__isnull=False,
                        store__isnull=True,
                    )
                    & ~Q(decision_reason="")
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["program", "status"], name="stores_application_status"),
            models.Index(fields=["program", "name_key"], name="stores_application_name_key"),
            models.Index(fields=["program", "phone_key"], name="stores_application_phone_key"),
        ]

    def __str__(self) -> str:
        return self.name


class MergeProposal(models.Model):
    """A suspicion that two rows are one shop; a person decides, nothing merges by itself."""

    class Status(models.TextChoices):
        PENDING = "PENDING", "確認待ち"
        SAME = "SAME", "同じ店"
        DIFFERENT = "DIFFERENT", "別の店"

    application = models.ForeignKey(
        StoreApplication,
        verbose_name="申込",
        on_delete=models.PROTECT,
        related_name="merge_proposals",
    )
    other_application = models.ForeignKey(
        StoreApplication,
        verbose_name="似ている申込",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    other_store = models.ForeignKey(
        Store,
        verbose_name="似ている加盟店",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    reason = models.CharField("理由", max_length=200)
    status = models.CharField("状態", max_length=10, choices=Status.choices, default=Status.PENDING)
    decided_at = models.DateTimeField("決定日時", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="決定者",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = "重複の候補"
        verbose_name_plural = "重複の候補"
        constraints = [
            models.CheckConstraint(
                name="stores_mergeproposal_names_one_other",
                condition=Q(other_application__isnull=False, other_store__isnull=True)
                | Q(other_application__isnull=True, other_store__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["application", "other_application"],
                name="stores_mergeproposal_application_once",
            ),
            models.UniqueConstraint(
                fields=["application", "other_store"], name="stores_mergeproposal_store_once"
            ),
            models.CheckConstraint(
                name="stores_mergeproposal_decision_matches_status",
                condition=Q(status="PENDING", decided_at__isnull=True)
                | Q(status__in=["SAME", "DIFFERENT"], decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.reason

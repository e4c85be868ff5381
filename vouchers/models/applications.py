import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from vouchers.models.campaigns import SaleRound


# History by statement: by row, most of the time of writing a draw's results went into it. Without a
# condition, because to compare old and new rows the database joins them by a plan made for few.
@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(condition=None, level=pghistory.Statement),
)
class Application(models.Model):
    """What a resident asked for in a lottery round (申込), from sending to result (VO-02 … VO-05).

    A refused residency can be sent in again: the same row goes back to RECEIVED.
    """

    class Status(models.TextChoices):
        RECEIVED = "RECEIVED", "確認待ち"
        CONFIRMED = "CONFIRMED", "受付済み"
        REFUSED = "REFUSED", "確認できません"
        EXCLUDED = "EXCLUDED", "対象外"
        WITHDRAWN = "WITHDRAWN", "取下げ"
        WON = "WON", "当選"
        LOST = "LOST", "落選"

    sale_round = models.ForeignKey(
        SaleRound, verbose_name="販売回", on_delete=models.PROTECT, related_name="applications"
    )
    resident = models.ForeignKey(
        "residents.Resident", verbose_name="住民", on_delete=models.PROTECT, related_name="+"
    )
    uuid = models.UUIDField("公開ID", unique=True, default=uuid.uuid4, editable=False)
    # Eight characters with a check character, by which it is spoken of on the telephone.
    number = models.CharField("申込番号", max_length=8, unique=True)
    sets = models.PositiveSmallIntegerField("希望セット数")
    status = models.CharField(
        "状態", max_length=10, choices=Status.choices, default=Status.RECEIVED
    )
    applied_at = models.DateTimeField("申込日時")
    # Who typed it in for the resident at a desk (PB-05); null when the resident did.
    assisted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="代行した人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    decided_at = models.DateTimeField("確認日時", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="確認した人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    reason = models.CharField("理由", max_length=300, blank=True)
    won_sets = models.PositiveSmallIntegerField("当選セット数", null=True, blank=True)

    class Meta:
        verbose_name = "申込"
        verbose_name_plural = "申込"
        constraints = [
            models.UniqueConstraint(
                fields=["sale_round", "resident"],
                condition=~Q(status__in=["WITHDRAWN", "EXCLUDED"]),
                name="vouchers_application_once_a_round",
            ),
            models.CheckConstraint(
                name="vouchers_application_asks_for_something", condition=Q(sets__gte=1)
            ),
            models.CheckConstraint(
                name="vouchers_application_refusal_has_reason",
                condition=~Q(status__in=["REFUSED", "EXCLUDED"]) | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="vouchers_application_decision_has_person",
                condition=Q(status__in=["RECEIVED", "WITHDRAWN"])
                | Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="vouchers_application_result_matches_status",
                condition=Q(status="WON", won_sets__gte=1, won_sets__lte=models.F("sets"))
                | Q(status="LOST", won_sets=0)
                | (~Q(status__in=["WON", "LOST"]) & Q(won_sets__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["sale_round", "status", "id"], name="vouchers_application_queue"),
        ]

    def __str__(self) -> str:
        return self.number


class ResidencyDocument(models.Model):
    """A picture that shows where an applicant lives; sealed, seen on record only, deleted later.

    The picture is re-encoded when it comes in, so that neither place nor time of the camera stays
    in it. Context of the seal: `vouchers.residency_document:<uuid>`.
    """

    class Kind(models.TextChoices):
        LICENCE = "LICENCE", "運転免許証"
        MY_NUMBER_FRONT = "MY_NUMBER_FRONT", "マイナンバーカード（表面）"
        RESIDENT_RECORD = "RESIDENT_RECORD", "住民票の写し"
        UTILITY_BILL = "UTILITY_BILL", "公共料金の領収書"

    application = models.ForeignKey(
        Application, verbose_name="申込", on_delete=models.PROTECT, related_name="documents"
    )
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("書類", max_length=20, choices=Kind.choices)
    picture_sealed = models.BinaryField(null=True, editable=False)
    uploaded_at = models.DateTimeField("受付日時")
    deleted_at = models.DateTimeField("削除日時", null=True, blank=True)

    class Meta:
        verbose_name = "住所の確認書類"
        verbose_name_plural = "住所の確認書類"
        constraints = [
            models.CheckConstraint(
                name="vouchers_document_deleted_means_gone",
                condition=Q(deleted_at__isnull=True, picture_sealed__isnull=False)
                | Q(deleted_at__isnull=False, picture_sealed__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

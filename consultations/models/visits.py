from django.conf import settings
from django.db import models
from django.db.models import Q

from consultations.models.events import Booking, Event
from consultations.models.plan import HelpItem


class Attendance(models.Model):
    """Somebody came: with a booking, or without one and then without a name."""

    event = models.ForeignKey(
        Event, verbose_name="相談会", on_delete=models.PROTECT, related_name="attendances"
    )
    booking = models.ForeignKey(
        Booking,
        verbose_name="予約",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="attendances",
    )
    resident = models.ForeignKey(
        "residents.Resident", verbose_name="住民", null=True, blank=True, on_delete=models.PROTECT
    )
    request_key = models.UUIDField("要求キー", unique=True, editable=False)
    # On the device's clock, which may have had no network; never later than `received_at`.
    checked_in_at = models.DateTimeField("受付の時刻")
    received_at = models.DateTimeField("届いた時刻")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="受付者", on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField("受付の取消", null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="取消者",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = "来場"
        verbose_name_plural = "来場"
        constraints = [
            models.UniqueConstraint(
                fields=["booking"],
                condition=Q(undone_at__isnull=True),
                name="consultations_attendance_booking_once",
            ),
            models.CheckConstraint(
                name="consultations_attendance_undone_by_somebody",
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
            ),
            models.CheckConstraint(
                name="consultations_attendance_not_in_the_future",
                condition=Q(checked_in_at__lte=models.F("received_at")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["event", "checked_in_at"],
                condition=Q(undone_at__isnull=True),
                name="consultations_attendance_live",
            )
        ]

    def __str__(self) -> str:
        return f"来場 {self.pk}"


class HelpGiven(models.Model):
    """One thing a visitor was helped with, and whether it was solved on the spot."""

    class Result(models.TextChoices):
        RESOLVED = "RESOLVED", "解決"
        UNRESOLVED = "UNRESOLVED", "未解決"

    attendance = models.ForeignKey(
        Attendance, verbose_name="来場", on_delete=models.PROTECT, related_name="help_given"
    )
    item = models.ForeignKey(
        HelpItem, verbose_name="内容", on_delete=models.PROTECT, related_name="+"
    )
    result = models.CharField("結果", max_length=10, choices=Result.choices)
    minutes = models.PositiveSmallIntegerField("かかった時間（分）", null=True, blank=True)
    # The call centre's ticket that an unresolved question became.
    ticket_number = models.CharField("問合せ番号", max_length=20, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="記録者", on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField("記録日時")

    class Meta:
        verbose_name = "お手伝い"
        verbose_name_plural = "お手伝い"
        constraints = [
            models.UniqueConstraint(
                fields=["attendance", "item"], name="consultations_helpgiven_item_once"
            ),
            models.CheckConstraint(
                name="consultations_helpgiven_ticket_of_unresolved",
                condition=Q(ticket_number="") | Q(result="UNRESOLVED"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.get_result_display()}"

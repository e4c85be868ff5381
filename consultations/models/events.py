import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q


@pghistory.track(exclude=["change"])
class Event(models.Model):
    """One consultation, campaign or web session: planned, approved by the client, then held."""

    class Kind(models.TextChoices):
        CONSULTATION = "CONSULTATION", "相談会"
        CAMPAIGN = "CAMPAIGN", "キャンペーン"
        WEB = "WEB", "オンライン"

    class Status(models.TextChoices):
        DRAFT = "DRAFT", "作成中"
        PROPOSED = "PROPOSED", "承認待ち"
        APPROVED = "APPROVED", "承認済"
        PUBLISHED = "PUBLISHED", "受付中"
        HELD = "HELD", "実施済"
        CANCELLED = "CANCELLED", "中止"

    program = models.ForeignKey(
        "programs.Program", verbose_name="事業", on_delete=models.PROTECT, related_name="meetings"
    )
    title = models.CharField("名前", max_length=80)
    kind = models.CharField("種類", max_length=12, choices=Kind.choices)
    municipality_code = models.CharField("市区町村コード", max_length=5, blank=True)
    venue = models.CharField("会場", max_length=120)
    address = models.CharField("所在地", max_length=200, blank=True)
    starts_at = models.DateTimeField("開始")
    ends_at = models.DateTimeField("終了（この時刻を含まない）")
    # No seats: nobody books, everybody walks in.
    slot_minutes = models.PositiveSmallIntegerField("1枠の長さ（分）", default=30)
    seats_per_slot = models.PositiveSmallIntegerField("1枠の席", default=0)
    method = models.CharField("実施方法", max_length=400)
    status = models.CharField("状態", max_length=10, choices=Status.choices, default=Status.DRAFT)
    # Plan values that wait for the client's approval, while the approved ones stay in force.
    change = models.JSONField("承認を待つ変更", null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="作成者", on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField("作成日時")
    approved_at = models.DateTimeField("承認日時", null=True, blank=True)
    published_at = models.DateTimeField("公開日時", null=True, blank=True)
    held_at = models.DateTimeField("実施の記録日時", null=True, blank=True)
    cancelled_at = models.DateTimeField("中止日時", null=True, blank=True)
    cancel_reason = models.CharField("中止の理由", max_length=300, blank=True)

    class Meta:
        verbose_name = "相談会"
        verbose_name_plural = "相談会"
        constraints = [
            models.CheckConstraint(
                name="consultations_event_ends_after_start",
                condition=Q(ends_at__gt=F("starts_at")),
            ),
            models.CheckConstraint(
                name="consultations_event_place_matches_kind",
                condition=Q(kind="WEB", municipality_code="")
                | (Q(kind__in=["CONSULTATION", "CAMPAIGN"]) & ~Q(municipality_code="")),
            ),
            models.CheckConstraint(
                name="consultations_event_slot_has_minutes", condition=Q(slot_minutes__gte=5)
            ),
            models.CheckConstraint(
                name="consultations_event_times_match_status",
                condition=Q(
                    status__in=["DRAFT", "PROPOSED"],
                    approved_at__isnull=True,
                    published_at__isnull=True,
                    held_at__isnull=True,
                    cancelled_at__isnull=True,
                    cancel_reason="",
                )
                | Q(
                    status="APPROVED",
                    approved_at__isnull=False,
                    published_at__isnull=True,
                    held_at__isnull=True,
                    cancelled_at__isnull=True,
                    cancel_reason="",
                )
                | Q(
                    status="PUBLISHED",
                    approved_at__isnull=False,
                    published_at__isnull=False,
                    held_at__isnull=True,
                    cancelled_at__isnull=True,
                    cancel_reason="",
                )
                | Q(
                    status="HELD",
                    approved_at__isnull=False,
                    published_at__isnull=False,
                    held_at__isnull=False,
                    cancelled_at__isnull=True,
                    cancel_reason="",
                )
                | (
                    Q(status="CANCELLED", cancelled_at__isnull=False, held_at__isnull=True)
                    & ~Q(cancel_reason="")
                ),
            ),
            models.CheckConstraint(
                name="consultations_event_change_of_approved",
                condition=Q(change__isnull=True) | Q(status__in=["APPROVED", "PUBLISHED"]),
            ),
        ]
        indexes = [
            models.Index(fields=["program", "status", "starts_at"], name="consultations_event_when")
        ]

    def __str__(self) -> str:
        return self.title


class Slot(models.Model):
    """A time of an event with its seats; `taken` counts the bookings that stand."""

    event = models.ForeignKey(
        Event, verbose_name="相談会", on_delete=models.PROTECT, related_name="slots"
    )
    starts_at = models.DateTimeField("開始")
    seats = models.PositiveSmallIntegerField("席")
    taken = models.PositiveSmallIntegerField("予約済", default=0)

    class Meta:
        verbose_name = "予約の枠"
        verbose_name_plural = "予約の枠"
        constraints = [
            models.UniqueConstraint(
                fields=["event", "starts_at"], name="consultations_slot_time_once"
            ),
            models.CheckConstraint(
                name="consultations_slot_never_overbooked", condition=Q(taken__lte=F("seats"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.starts_at:%H:%M}"


class Booking(models.Model):
    """One seat for one person; who it is lies sealed and is opened at the venue.

    `person_sealed` holds {"name", "kana", "phone", "email", "note"} under
    `consultations.booking:<uuid>`.
    """

    class Channel(models.TextChoices):
        WEB = "WEB", "ウェブ"
        PHONE = "PHONE", "電話"
        OFFICE = "OFFICE", "窓口"

    class Status(models.TextChoices):
        BOOKED = "BOOKED", "予約"
        CANCELLED = "CANCELLED", "取消"

    slot = models.ForeignKey(
        Slot, verbose_name="枠", on_delete=models.PROTECT, related_name="bookings"
    )
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    # Written on the confirmation and in its QR code.
    number = models.CharField("予約番号", max_length=8, unique=True)
    person_sealed = models.BinaryField(editable=False)
    resident = models.ForeignKey(
        "residents.Resident", verbose_name="住民", null=True, blank=True, on_delete=models.PROTECT
    )
    channel = models.CharField("申込の方法", max_length=10, choices=Channel.choices)
    request_key = models.UUIDField("要求キー", unique=True, editable=False)
    status = models.CharField("状態", max_length=10, choices=Status.choices, default=Status.BOOKED)
    booked_at = models.DateTimeField("予約日時")
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="代わりに入力した人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    cancelled_at = models.DateTimeField("取消日時", null=True, blank=True)
    reminded_at = models.DateTimeField("前日の案内", null=True, blank=True)

    class Meta:
        verbose_name = "予約"
        verbose_name_plural = "予約"
        constraints = [
            models.CheckConstraint(
                name="consultations_booking_cancelled_at_matches",
                condition=Q(status="BOOKED", cancelled_at__isnull=True)
                | Q(status="CANCELLED", cancelled_at__isnull=False),
            ),
            models.CheckConstraint(
                name="consultations_booking_by_staff_has_name",
                condition=Q(channel="WEB", booked_by__isnull=True)
                | Q(channel__in=["PHONE", "OFFICE"], booked_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"予約 {self.number}"

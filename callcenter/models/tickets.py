import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from callcenter.models.categories import Category
from callcenter.models.desks import Desk


class TicketCounter(models.Model):
    """The last ticket number of a client; its row is the lock under which numbers are given."""

    client = models.OneToOneField(
        "users.Organization", verbose_name="発注者", on_delete=models.PROTECT, primary_key=True
    )
    last_serial = models.PositiveIntegerField("最後の番号", default=0)

    class Meta:
        verbose_name = "問合せ番号の控え"
        verbose_name_plural = "問合せ番号の控え"

    def __str__(self) -> str:
        return f"T-{self.last_serial:06d}"


class TicketNumber(models.Model):
    """A number given to one call, before its ticket is written: what access records name.

    A call that ended without a ticket leaves its number here, so that no gap is unexplained.
    """

    client = models.ForeignKey(
        "users.Organization", verbose_name="発注者", on_delete=models.PROTECT
    )
    serial = models.PositiveIntegerField("番号")
    request_key = models.UUIDField("要求のキー", unique=True)
    given_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="応対した人", on_delete=models.PROTECT
    )
    given_at = models.DateTimeField("日時")

    class Meta:
        verbose_name = "問合せ番号"
        verbose_name_plural = "問合せ番号"
        constraints = [
            models.UniqueConstraint(
                fields=["client", "serial"], name="callcenter_ticketnumber_once"
            ),
        ]

    def __str__(self) -> str:
        return f"T-{self.serial:06d}"


class Ticket(models.Model):
    """One inquiry (問合せ); its number is T-000123 within a client.

    Free text may hold personal data: it stands on the ticket's page only, never in mails, logs,
    reports or the audit. The caller's number is sealed as {"phone"} under
    `callcenter.ticket:<uuid>` and found again by its digest.
    """

    class Channel(models.TextChoices):
        PHONE = "PHONE", "電話"
        WEB = "WEB", "Web"
        MAIL = "MAIL", "メール"
        COUNTER = "COUNTER", "窓口"
        EVENT = "EVENT", "相談会"

    class Status(models.TextChoices):
        OPEN = "OPEN", "対応中"
        ESCALATED = "ESCALATED", "上申中"
        DONE = "DONE", "完了"

    client = models.ForeignKey(
        "users.Organization", verbose_name="発注者", on_delete=models.PROTECT
    )
    program = models.ForeignKey(
        "programs.Program", verbose_name="事業", null=True, blank=True, on_delete=models.PROTECT
    )
    number = models.OneToOneField(
        TicketNumber, verbose_name="番号", on_delete=models.PROTECT, related_name="ticket"
    )
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    desk = models.ForeignKey(
        Desk, verbose_name="窓口", null=True, blank=True, on_delete=models.PROTECT
    )
    channel = models.CharField("受付", max_length=10, choices=Channel.choices)
    resident = models.ForeignKey(
        "residents.Resident",
        verbose_name="利用者",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    store = models.ForeignKey(
        "stores.Store",
        verbose_name="加盟店",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    phone_sealed = models.BinaryField(null=True, blank=True, editable=False)
    phone_digest = models.CharField(max_length=80, blank=True, editable=False)
    category = models.ForeignKey(
        Category, verbose_name="区分", null=True, blank=True, on_delete=models.PROTECT
    )
    subject = models.CharField("件名", max_length=80)
    body = models.TextField("問合せの内容", blank=True)
    status = models.CharField("状態", max_length=10, choices=Status.choices)
    is_complaint = models.BooleanField("苦情", default=False)
    complaint_reported_at = models.DateTimeField("苦情の報告", null=True, blank=True)
    is_privacy = models.BooleanField("個人情報", default=False)
    needs_callback = models.BooleanField("折り返し", default=False)
    opened_at = models.DateTimeField("受付日時")
    closed_at = models.DateTimeField("完了日時", null=True, blank=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="受け付けた人",
        on_delete=models.PROTECT,
        related_name="+",
    )
    event_ref = models.CharField("相談会の参照", max_length=60, blank=True)

    class Meta:
        verbose_name = "問合せ"
        verbose_name_plural = "問合せ"
        constraints = [
            models.CheckConstraint(
                name="callcenter_ticket_closed_at_matches_status",
                condition=Q(status="DONE", closed_at__isnull=False, closed_at__gte=F("opened_at"))
                | Q(status__in=["OPEN", "ESCALATED"], closed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="callcenter_ticket_one_caller",
                condition=Q(resident__isnull=True) | Q(store__isnull=True),
            ),
            models.CheckConstraint(
                name="callcenter_ticket_reported_is_complaint",
                condition=Q(is_complaint=True) | Q(complaint_reported_at__isnull=True),
            ),
            models.CheckConstraint(
                name="callcenter_ticket_done_needs_no_callback",
                condition=~Q(status="DONE", needs_callback=True),
            ),
            models.CheckConstraint(
                name="callcenter_ticket_phone_has_digest",
                condition=Q(phone_sealed__isnull=True, phone_digest="")
                | (Q(phone_sealed__isnull=False) & ~Q(phone_digest="")),
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-opened_at"], name="callcenter_ticket_opened"),
            models.Index(fields=["resident"], name="callcenter_ticket_resident"),
            models.Index(fields=["store"], name="callcenter_ticket_store"),
            models.Index(
                fields=["client", "phone_digest"],
                condition=~Q(phone_digest=""),
                name="callcenter_ticket_phone",
            ),
        ]

    def __str__(self) -> str:
        return f"問合せ {self.number}"


class TicketNote(models.Model):
    """What was said or done about a ticket, in the order of time; never changed (trigger)."""

    class Kind(models.TextChoices):
        REPLY = "REPLY", "応対"
        NOTE = "NOTE", "メモ"
        CLIENT = "CLIENT", "発注者から"

    ticket = models.ForeignKey(
        Ticket, verbose_name="問合せ", on_delete=models.PROTECT, related_name="notes"
    )
    kind = models.CharField("種類", max_length=10, choices=Kind.choices)
    text = models.TextField("内容")
    at = models.DateTimeField("日時")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="書いた人",
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = "問合せのメモ"
        verbose_name_plural = "問合せのメモ"
        constraints = [
            models.CheckConstraint(
                name="callcenter_ticketnote_says_something", condition=~Q(text="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.ticket} {self.get_kind_display()}"


class Escalation(models.Model):
    """A question to the client (上申): due by the client's clock, answered once (CC-03)."""

    ticket = models.ForeignKey(
        Ticket, verbose_name="問合せ", on_delete=models.PROTECT, related_name="escalations"
    )
    asked_at = models.DateTimeField("上申日時")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="上申した人",
        on_delete=models.PROTECT,
        related_name="+",
    )
    due_at = models.DateTimeField("連絡の期限")
    due_reason = models.CharField("期限の理由", max_length=60)
    reason = models.TextField("県に確かめたいこと")
    # When the client was told: the page or the mail that named the ticket.
    told_at = models.DateTimeField("連絡日時", null=True, blank=True)
    answered_at = models.DateTimeField("回答日時", null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="回答した人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    answer = models.TextField("回答", blank=True)

    class Meta:
        verbose_name = "上申"
        verbose_name_plural = "上申"
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"],
                condition=Q(answered_at__isnull=True),
                name="callcenter_escalation_one_open",
            ),
            models.CheckConstraint(
                name="callcenter_escalation_due_after_asked",
                condition=Q(due_at__gte=F("asked_at")),
            ),
            models.CheckConstraint(
                name="callcenter_escalation_has_reason", condition=~Q(reason="")
            ),
            models.CheckConstraint(
                name="callcenter_escalation_answer_is_whole",
                condition=Q(answered_at__isnull=True, answered_by__isnull=True, answer="")
                | (
                    Q(answered_at__isnull=False, answered_by__isnull=False)
                    & Q(answered_at__gte=F("asked_at"))
                    & ~Q(answer="")
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(answered_at__isnull=True),
                name="callcenter_escalation_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket} の上申"

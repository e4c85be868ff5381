import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class Notice(models.Model):
    """One message to one person for one reason; e-mail leaves after commit and is swept again."""

    class Status(models.TextChoices):
        QUEUED = "QUEUED", "送信待ち"
        SENT = "SENT", "送信済"
        FAILED = "FAILED", "送信できません"
        INBOX = "INBOX", "お知らせ欄のみ"

    organization = models.ForeignKey(
        "users.Organization", verbose_name="発注者", on_delete=models.PROTECT
    )
    uuid = models.UUIDField("公開ID", unique=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="宛先",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="notices",
    )
    email = models.EmailField("送信先", blank=True)
    reason = models.CharField("理由", max_length=80)
    subject = models.CharField("件名", max_length=120)
    body = models.TextField("本文")
    status = models.CharField("状態", max_length=10, choices=Status.choices)
    attempts = models.PositiveSmallIntegerField("送信の回数", default=0)
    # Taken by a worker at this time; another may take it again when that one died.
    claimed_at = models.DateTimeField("送信の開始", null=True, blank=True)
    created_at = models.DateTimeField("作成日時")
    sent_at = models.DateTimeField("送信日時", null=True, blank=True)
    read_at = models.DateTimeField("既読日時", null=True, blank=True)

    class Meta:
        verbose_name = "お知らせ"
        verbose_name_plural = "お知らせ"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "reason"],
                condition=Q(user__isnull=False),
                name="notices_notice_once_for_one_reason",
            ),
            models.UniqueConstraint(
                fields=["email", "reason"],
                condition=Q(user__isnull=True),
                name="notices_notice_once_for_one_address",
            ),
            models.CheckConstraint(
                name="notices_notice_sent_at_matches_status",
                condition=Q(status="SENT", sent_at__isnull=False)
                | Q(status__in=["QUEUED", "FAILED", "INBOX"], sent_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(status="QUEUED"), name="notices_notice_queued"
            ),
            # Reminders ask by reason who was told before.
            models.Index(fields=["reason"], name="notices_notice_reason"),
        ]

    def __str__(self) -> str:
        return self.subject

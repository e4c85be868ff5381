from typing import ClassVar

import pghistory
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Organization(models.Model):
    """A client (発注者) or the contractor that runs programs for it (受託者)."""

    class Kind(models.TextChoices):
        CLIENT = "CLIENT", "発注者"
        CONTRACTOR = "CONTRACTOR", "受託者"

    kind = models.CharField("種別", max_length=10, choices=Kind.choices)
    code = models.CharField("コード", max_length=20, unique=True)
    name = models.CharField("名称", max_length=100)

    class Meta:
        verbose_name = "組織"
        verbose_name_plural = "組織"

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Creates users the way Django's commands expect it."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, username: str, password: str | None = None, **fields: object
    ) -> "User":
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=username)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in: staff, store staff or resident; what they may do is in other rows."""

    username = models.CharField("ログインID", max_length=64, unique=True)
    email = models.EmailField("メールアドレス", blank=True)
    name = models.CharField("氏名", max_length=100)
    employer = models.ForeignKey(
        Organization, verbose_name="所属", null=True, blank=True, on_delete=models.PROTECT
    )
    is_active = models.BooleanField("有効", default=True)
    is_staff = models.BooleanField("管理画面の利用", default=False)
    must_change_password = models.BooleanField("次回に暗証の変更を求める", default=False)
    date_joined = models.DateTimeField("登録日時", default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = "利用者"
        verbose_name_plural = "利用者"
        constraints = [
            models.UniqueConstraint(
                fields=["email"], condition=~Q(email=""), name="users_user_email_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username


class Role(models.TextChoices):
    """What a staff member does; design.md section 9."""

    CLIENT_VIEWER = "CLIENT_VIEWER", "発注者 閲覧"
    CLIENT_APPROVER = "CLIENT_APPROVER", "発注者 承認"
    OFFICE_CLERK = "OFFICE_CLERK", "事務局 担当"
    FINANCE_PREPARER = "FINANCE_PREPARER", "経理 作成"
    FINANCE_APPROVER = "FINANCE_APPROVER", "経理 承認"
    PRIVACY_OFFICER = "PRIVACY_OFFICER", "個人情報管理責任者"
    AUDITOR = "AUDITOR", "監査（閲覧のみ）"
    SYSTEM_ADMIN = "SYSTEM_ADMIN", "システム管理"
    DESK_OPERATOR = "DESK_OPERATOR", "コールセンター 応対"
    DESK_SUPERVISOR = "DESK_SUPERVISOR", "コールセンター 責任者"
    EVENT_STAFF = "EVENT_STAFF", "相談会 担当"


@pghistory.track()
class Membership(models.Model):
    """One role of one user for one client; the user's own employer stands on the user."""

    user = models.ForeignKey(
        User, verbose_name="利用者", on_delete=models.CASCADE, related_name="memberships"
    )
    organization = models.ForeignKey(
        Organization, verbose_name="担当する発注者", on_delete=models.PROTECT
    )
    role = models.CharField("役割", max_length=20, choices=Role.choices)

    class Meta:
        verbose_name = "役割"
        verbose_name_plural = "役割"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organization", "role"], name="users_membership_once"
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="users_membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"

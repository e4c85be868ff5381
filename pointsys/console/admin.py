"""Clients, users and their roles, for those who administer them; changes are on record."""

from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.password_validation import validate_password
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from pointsys.audit.admin import SpreadsheetExportMixin
from pointsys.console import services
from pointsys.console.models import KpiTarget, ReportSetting, WeeklyReport
from pointsys.users import queries as users
from pointsys.users.admin import GuardedResource, StaffAdmin
from pointsys.users.models import Membership, Organization, Role, User
from pointsys.users.staff_site import CONSOLE

ADMINISTRATORS: Final = frozenset({Role.SYSTEM_ADMIN})
SEAT_SEPARATOR: Final = ":"
ACCOUNT_FIELDS: Final = ("username", "name", "email", "employer", "is_active")


class StaffUserForm(forms.ModelForm):  # type: ignore[type-arg]
    """A member of staff with the roles held for the clients that the administrator looks after."""

    password_first = forms.CharField(
        label="最初のパスワード",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="10文字以上。本人は、最初のログインで変えます。",
    )
    seats = forms.MultipleChoiceField(
        label="役割", required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = User
        fields = ACCOUNT_FIELDS

    administered: tuple[int, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clients = Organization.objects.filter(pk__in=self.administered).order_by("name")
        chooser = self.fields["seats"]
        assert isinstance(chooser, forms.MultipleChoiceField)
        chooser.choices = [
            (f"{client.pk}{SEAT_SEPARATOR}{role.value}", f"{client.name}　{role.label}")
            for client in clients
            for role in Role
        ]
        if self.instance.pk:
            chooser.initial = [
                f"{client_id}{SEAT_SEPARATOR}{role}"
                for client_id, role in Membership.objects.filter(user=self.instance).values_list(
                    "organization_id", "role"
                )
            ]
            if password := self.fields.get("password_first"):
                password.label = "新しいパスワード"
                password.help_text = "変えるときだけ入力します。"

    def clean_password_first(self) -> str:
        password: str = self.cleaned_data["password_first"]
        if not password and not self.instance.pk:
            raise forms.ValidationError("最初のパスワードを入力してください")
        if password:
            validate_password(password, self.instance)
        return password

    def chosen_seats(self) -> list[services.Seat]:
        """Return the chosen roles as (client id, role)."""
        pairs = (value.partition(SEAT_SEPARATOR) for value in self.cleaned_data["seats"])
        return [(int(client_id), role) for client_id, _, role in pairs]


@admin.register(User)
class UserAdmin(StaffAdmin):
    """Staff of the administrator's clients; residents and shops have screens of their own."""

    form = StaffUserForm
    view_roles = ADMINISTRATORS
    change_roles = ADMINISTRATORS
    list_display = ("username", "name", "employer", "is_active", "roles")
    list_select_related = ("employer",)
    list_filter = ("is_active",)
    search_fields = ("username",)
    ordering = ("username",)
    actions = ("reset_second_factor",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        administered = services.administered_client_ids(_user(request))
        staff = User.objects.filter(
            Q(memberships__organization__in=administered)
            | Q(employer__in=administered, memberships__isnull=True)
        )
        if not _user(request).is_superuser:
            staff = staff.filter(is_superuser=False)
        return staff.distinct().prefetch_related("memberships").order_by("username")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._administers(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # Nobody widens their own rights.
        return self._administers(request, obj) and obj != request.user

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None or self._owns_account(request, obj) else ACCOUNT_FIELDS

    def _owns_account(self, request: HttpRequest, user: User) -> bool:
        # A password opens every client that a person works for, not only the administrator's.
        return user != request.user and services.administers_all_of(_user(request), user)

    def _administers(self, request: HttpRequest, obj: Model | None) -> bool:
        if not self._holds(request, ADMINISTRATORS):
            return False
        return (
            obj is None or obj.pk is None or self.get_queryset(request).filter(pk=obj.pk).exists()
        )

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        made = super().get_form(request, obj, change, **kwargs)
        administered = tuple(services.administered_client_ids(_user(request)))
        body: dict[str, Any] = {"administered": administered}
        if obj is not None and not self._owns_account(request, obj):
            body["password_first"] = None
        return type("AdministeredForm", (made,), body)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        # The links beside the list of employers lead away from a half-filled form.
        for act in ("can_add_related", "can_change_related", "can_view_related"):
            if field is not None and hasattr(field.widget, act):
                setattr(field.widget, act, False)
        return field

    @admin.display(description="役割")
    def roles(self, user: User) -> str:
        """Return the user's roles in words."""
        return "、".join(
            dict.fromkeys(str(seat.get_role_display()) for seat in user.memberships.all())
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        by, at = _user(request), timezone.now()
        if not change:
            made = services.create_staff(
                username=obj.username,
                name=obj.name,
                email=obj.email,
                employer_id=obj.employer_id,
                password=form.cleaned_data["password_first"],
                seats=form.chosen_seats(),
                by=by,
                at=at,
            )
            obj.pk, obj._state = made.pk, made._state
            return
        services.change_staff(
            user=obj,
            fields=[name for name in form.changed_data if name not in {"seats", "password_first"}],
            new_password=form.cleaned_data.get("password_first", ""),
            seats=form.chosen_seats(),
            by=by,
            at=at,
        )

    @admin.action(description="2段階認証を解除する（次のログインで設定し直します）")
    def reset_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Take away the second factor of the chosen users who work for the own clients only."""
        people = [user for user in queryset if self._owns_account(request, user)]
        for user in people:
            services.reset_second_factor(user_id=user.pk, by=_user(request), at=timezone.now())
        if people:
            messages.success(request, f"{len(people)}人の2段階認証を解除しました。")
        if len(people) < len(queryset):
            messages.warning(
                request,
                "ご自分と、ほかの発注者も担当する人の2段階認証は、ここでは解除できません。",
            )


class OrganizationResource(GuardedResource):
    """Clients and contractors as a file; the list holds no personal data."""

    class Meta:
        model = Organization
        fields = ("code", "name", "kind")


@admin.register(Organization)
class OrganizationAdmin(SpreadsheetExportMixin, StaffAdmin):
    """Clients and contractors; a client's name is on every page and paper, so it is kept here."""

    client_path = "pk"
    view_roles = CONSOLE
    change_roles = frozenset({Role.SYSTEM_ADMIN})
    resource_classes = (OrganizationResource,)
    list_display = ("code", "name", "kind")
    list_filter = ("kind",)
    search_fields = ("code", "name")
    ordering = ("code",)
    readonly_fields = ("code", "kind")

    def visible_to(self, user: User) -> QuerySet[Organization]:
        return users.organizations_visible_to(user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        # A new client needs somebody who may see it, so it is made with `createsuperuser` rights.
        return _user(request).is_superuser

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.readonly_fields if obj else ()

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self._holds(request, self.view_roles)


@admin.register(KpiTarget)
class KpiTargetAdmin(StaffAdmin):
    """What was agreed to be reached; set on its own page."""

    client_path = "program__client_id"
    view_roles = CONSOLE
    list_display = ("program", "code", "target", "due_date")
    list_filter = ("code",)
    ordering = ("program", "code")


@admin.register(ReportSetting)
class ReportSettingAdmin(StaffAdmin):
    """On which day weekly reports are made; set on their page."""

    client_path = "program__client_id"
    view_roles = CONSOLE
    list_display = ("program", "weekday")
    ordering = ("program",)


@admin.register(WeeklyReport)
class WeeklyReportAdmin(StaffAdmin):
    """The weekly reports as they were kept."""

    client_path = "program__client_id"
    view_roles = CONSOLE
    list_display = ("program", "week_start", "made_at")
    ordering = ("-week_start",)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user

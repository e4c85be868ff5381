"""Applications: a resident's own, those that wait for a decision, and whom to write a letter."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q, QuerySet

from pointsys.common import sealing
from pointsys.common.municipalities import municipality
from pointsys.residents.models import Resident
from pointsys.users import queries as users
from pointsys.users.models import Role, User
from vouchers.models import Application, Order, ResidencyDocument
from vouchers.numbers import read_number

REVIEW_ROLES = frozenset({Role.OFFICE_CLERK})
ASSIST_ROLES = frozenset({Role.OFFICE_CLERK, Role.DESK_OPERATOR, Role.DESK_SUPERVISOR})
Status = Application.Status
FOUND_AT_MOST = 20


def applications_visible_to(user: User | AnonymousUser) -> QuerySet[Application]:
    """Return the applications of the clients for which the user works with personal data."""
    return Application.objects.filter(
        sale_round__campaign__program__client_id__in=users.client_ids(user, REVIEW_ROLES)
    ).select_related("sale_round__campaign__program__client", "resident", "decided_by")


def documents_visible_to(user: User | AnonymousUser) -> QuerySet[ResidencyDocument]:
    """Return the documents of the applications that the user may decide on."""
    return ResidencyDocument.objects.filter(
        application__sale_round__campaign__program__client_id__in=users.client_ids(
            user, REVIEW_ROLES
        )
    ).select_related("application__resident", "application__sale_round__campaign__program")


def applications_of(resident: Resident) -> QuerySet[Application]:
    """Return what a resident applied for, newest first, without what was taken back."""
    return (
        Application.objects.filter(resident=resident)
        .exclude(status=Status.WITHDRAWN)
        .select_related("sale_round__campaign__program__client")
        .order_by("-applied_at", "-pk")
    )


def own_applications(resident: Resident) -> QuerySet[Application]:
    """Return all applications of a resident, those taken back as well."""
    return Application.objects.filter(resident=resident).select_related(
        "sale_round__campaign__program__client"
    )


def waiting_applications(sale_round_id: int) -> QuerySet[Application]:
    """Return the applications of a round that wait for a decision, oldest first."""
    return (
        Application.objects.filter(sale_round_id=sale_round_id, status=Status.RECEIVED)
        .select_related("sale_round__campaign__program__client", "resident")
        .order_by("pk")
    )


def find_in_round(applications: QuerySet[Application], words: str) -> QuerySet[Application]:
    """Return those with this number, or whose person has this name or id."""
    number = read_number(words)
    if number:
        return applications.filter(number=number)
    for word in words.split():
        applications = applications.filter(
            Q(resident__name__icontains=word) | Q(resident__external_id__icontains=word)
        )
    return applications


def residents_to_assist(user: User | AnonymousUser, *, client_id: int) -> QuerySet[Resident]:
    """Return the residents for whom the user may apply: those of a client it works for."""
    if client_id not in users.client_ids(user, ASSIST_ROLES):
        return Resident.objects.none()
    return Resident.objects.filter(client_id=client_id).order_by("external_id", "pk")


@dataclass(frozen=True, slots=True)
class Letter:
    """Somebody who learns the result on paper, and what the letter says."""

    application: Application
    name: str
    postal_code: str
    address: str
    order: Order | None


def without_mail(applications: QuerySet[Application]) -> QuerySet[Application]:
    """Return those whose person has no address for mail, so that a letter tells them."""
    return applications.filter(
        Q(resident__user__isnull=True)
        | Q(resident__user__email="")
        | Q(resident__user__is_active=False)
    )


def letters_of(sale_round_id: int) -> QuerySet[Application]:
    """Return the drawn applications of a round whose result goes out by letter."""
    drawn = Application.objects.filter(
        sale_round_id=sale_round_id, status__in=[Status.WON, Status.LOST]
    )
    return (
        without_mail(drawn)
        .select_related("resident", "order", "sale_round__campaign")
        .order_by("resident__external_id", "pk")
    )


def as_letters(applications: Iterable[Application]) -> Iterable[Letter]:
    """Open the sealed address of each person; the caller puts it on record."""
    for application in applications:
        resident = application.resident
        contact = _contact_of(resident)
        yield Letter(
            application=application,
            name=resident.name,
            postal_code=str(contact.get("postal_code", "")),
            address=str(contact.get("address", "")),
            order=getattr(application, "order", None),
        )


def address_of(resident: Resident) -> str:
    """Return the registered address of a resident; the caller puts on record who sees it."""
    return str(_contact_of(resident).get("address", ""))


def municipality_of(resident: Resident) -> str:
    """Return the name of the municipality a resident is registered in, or its code."""
    unit = municipality(resident.municipality_code)
    return unit.full_name if unit else resident.municipality_code


def previous_applications(application: Application) -> QuerySet[Application]:
    """Return what the same person applied for in other rounds of the sale."""
    return (
        Application.objects.filter(
            resident_id=application.resident_id,
            sale_round__campaign_id=application.sale_round.campaign_id,
        )
        .exclude(pk=application.pk)
        .select_related("sale_round")
        .order_by(F("sale_round__number").desc(), "-pk")
    )


def _contact_of(resident: Resident) -> dict[str, object]:
    if not resident.contact_sealed:
        return {}
    return sealing.unseal_json(
        bytes(resident.contact_sealed), context=f"residents.resident:{resident.uuid}"
    )

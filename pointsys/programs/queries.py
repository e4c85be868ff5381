from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, IntegerField, QuerySet, When

from pointsys.programs.models import Program
from pointsys.programs.rules import COLUMNS, Good, ProgramRules, covers
from pointsys.users import queries as users
from pointsys.users.models import User


def programs_visible_to(user: User | AnonymousUser) -> QuerySet[Program]:
    """Return the programs of the clients for which the user holds any staff role.

    The open ones come first, the longest-running of them before all: pages begin with it.
    """
    is_open = When(status=Program.Status.OPEN, then=0)
    return (
        Program.objects.filter(client_id__in=users.client_ids(user))
        .select_related("client", "operator")
        .order_by(Case(is_open, default=1, output_field=IntegerField()), "usage_starts_at", "pk")
    )


def is_in_area(program: Program, municipality_code: str) -> bool:
    """Tell whether a municipality (5 digits) lies in the program's area."""
    return covers(program.area_codes, municipality_code)


def goods_of(program: Program) -> tuple[Good, ...]:
    """Return the program's prohibited goods in their order."""
    return tuple(
        Good(good.code, good.label, good.source)
        for good in program.prohibited_goods.order_by("position", "id")
    )


def rules_of(program: Program) -> ProgramRules:
    """Return a program's rules as one value, ready to be changed and given back."""
    values = {name: getattr(program, name) for name in COLUMNS}
    values["area_codes"] = tuple(program.area_codes)
    return ProgramRules(**values, prohibited_goods=goods_of(program))


def public_programs() -> QuerySet[Program]:
    """Return the programs that the public site shows: the open ones, those that end first first."""
    return (
        Program.objects.filter(status=Program.Status.OPEN)
        .select_related("client", "operator")
        .order_by("usage_ends_at", "code")
    )

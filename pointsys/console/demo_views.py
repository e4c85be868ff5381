"""The demo's own pages: sign in as any role with one click, and read the mails that were sent.

Reachable only where DEMO is on: the addresses exist nowhere else, and each view asks again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

import segno
from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cards import identifiers
from pointsys.console import demo_mail
from pointsys.console.demo import cards as demo_cards
from pointsys.users.models import Role, User

View = Callable[..., HttpResponse]
PEOPLE_A_KIND: Final = 4
TO_TRY: Final[dict[str, str]] = {
    Role.CLIENT_VIEWER: "事業の発行・利用・残高、目標と実績、週報を見ます。",
    Role.CLIENT_APPROVER: "商品券の抽選の結果や、相談会の開催を承認します。",
    Role.OFFICE_CLERK: "加盟店の承認、ポイントの付与、商品券、カード、相談会の準備をします。",
    Role.FINANCE_PREPARER: "月を締め、支払明細と総合振込データを作ります。",
    Role.FINANCE_APPROVER: "総合振込データを確かめて承認します。",
    Role.PRIVACY_OFFICER: "個人情報の取り扱いの記録を見ます。",
    Role.AUDITOR: "1件の支払いを、付与から振込までたどります（閲覧のみ）。",
    Role.SYSTEM_ADMIN: "管理画面で、利用者と役割を直します。",
    Role.DESK_OPERATOR: "電話を受けて、応対を記録し、わからないことを県へ上申します。",
    Role.DESK_SUPERVISOR: "上申と苦情、日報を確かめます。",
    Role.EVENT_STAFF: "相談会の会場で、来た人を受け付け、支援を記録します。",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the demo to sign in as."""

    user: User
    role: str
    place: str
    to_try: str


def demo_only(view: View) -> View:
    """Hide a view wherever this is not the demo."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return login_not_required(guarded)


@demo_only
@never_cache
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """List everybody one can be in the demo, with what to try."""
    context = {"staff": _staff(), "store_people": _store_people(), "residents": _residents()}
    return render(request, "demo/start.html", context)


@demo_only
@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as one of the people of the demo."""
    wanted = request.POST.get("user", "")[:18]
    user_id = int(wanted) if wanted.isascii() and wanted.isdecimal() else 0
    user = get_object_or_404(get_user_model(), pk=user_id, is_active=True)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("website:after_sign_in")


def _staff() -> list[Person]:
    users = (
        get_user_model()
        .objects.filter(is_active=True, memberships__isnull=False)
        .prefetch_related("memberships__organization")
        .distinct()
        .order_by("username")
    )
    order = list(Role.values)
    people = [_member(user, order) for user in users]
    rank = {str(Role(value).label): position for position, value in enumerate(order)}
    return sorted(people, key=lambda person: (rank[person.role.split("・")[0]], person.place))


def _member(user: Any, order: list[str]) -> Person:
    """Return one person with everything they are, however many clients they work for."""
    memberships = sorted(
        user.memberships.all(), key=lambda one: (order.index(one.role), one.organization_id)
    )
    roles = list(dict.fromkeys(one.role for one in memberships))
    places = dict.fromkeys(one.organization.name for one in memberships)
    return Person(
        user=user,
        role="・".join(str(Role(role).label) for role in roles),
        place="・".join(places),
        to_try=" ".join(TO_TRY[role] for role in roles),
    )


def _store_people() -> list[Person]:
    found: list[Person] = []
    for role, to_try in (
        ("OWNER", "きょうの支払いを見て、取り消します。支払明細を見ます。"),
        ("CLERK", "きょうの支払いを見て、その日の支払いを取り消します。"),
    ):
        users = (
            get_user_model()
            .objects.filter(is_active=True, store_staff__role=role)
            .prefetch_related("store_staff__store")
            .distinct()
            .order_by("username")[:PEOPLE_A_KIND]
        )
        found += [_store_person(user, to_try) for user in users]
    return found


def _store_person(user: Any, to_try: str) -> Person:
    seats = list(user.store_staff.all())
    more = f" ほか{len(seats) - 1}店" if len(seats) > 1 else ""
    return Person(
        user=user,
        role=str(seats[0].get_role_display()),
        place=f"{seats[0].store.name}{more}",
        to_try=to_try,
    )


def _residents() -> list[Person]:
    users = (
        get_user_model()
        .objects.filter(is_active=True, resident__isnull=False)
        .select_related("resident__client")
        .order_by("username")[:PEOPLE_A_KIND]
    )
    return [
        Person(
            user=user,
            role="住民",
            place=user.resident.client.name,
            to_try="残高を見て、お店で支払います。",
        )
        for user in users
    ]


@demo_only
@never_cache
@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    """List the mails that were sent, newest first."""
    return render(request, "demo/mails.html", {"mails": demo_mail.newest_mails()})


@demo_only
@never_cache
@require_safe
def mail(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Show one mail as its reader gets it."""
    found = demo_mail.one_mail(name=name, number=number)
    if found is None:
        raise Http404
    return render(request, "demo/mail.html", {"mail": found})


@demo_only
@never_cache
@require_safe
def card(request: HttpRequest) -> HttpResponse:
    """Show a card of the demo as it lies on the table: to be held before a terminal's camera."""
    shown = demo_cards.card_of_the_demo()
    if shown is None:
        raise Http404
    payload = identifiers.qr_payload(demo_cards.token(demo_cards.REPLACEMENT))
    context = {
        "number": identifiers.grouped(shown.face_number),
        "payload": payload,
        "qr": segno.make(payload, error="m", micro=False).svg_data_uri(scale=6, border=4),
        "program": shown.program,
    }
    return render(request, "demo/card.html", context)

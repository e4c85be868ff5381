"""Cards in the office: found, looked at, handed out, stopped, replaced."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from cards import identifiers, perms, queries
from cards.errors import CardError, CardNotKnown, CardUnreadable
from cards.forms import FindForm, HolderForm, ReadForm, ReasonForm, ReplaceForm
from cards.models import Card
from cards.services import issuing, lifecycle
from cards.views.access import (
    ROWS_A_PAGE,
    acting,
    card_meant,
    card_page,
    check_may_manage,
    managed_program,
    posted,
    stop_page,
    tabs,
)
from ledger import queries as ledger
from pointsys.audit import services as audit
from pointsys.common.errors import DomainError
from pointsys.programs import scope
from pointsys.programs.models import Program
from pointsys.residents import queries as residents
from pointsys.residents.models import Resident
from pointsys.users.models import User

HOLDERS_SHOWN: Final = 20
STOPPED: Final = "カードを止めました。このカードでは、もう使えません。ポイントは残っています。"
STATUS_KINDS: Final = {
    Card.Status.STOCK: "info",
    Card.Status.ISSUED: "ok",
    Card.Status.BLOCKED: "stop",
    Card.Status.REPLACED: "info",
    Card.Status.RETIRED: "info",
}


@require_http_methods(["GET", "HEAD", "POST"])
@card_page
def home(request: HttpRequest) -> HttpResponse:
    """List the cards that are or were with people, and find one by what somebody says or shows."""
    program = scope.chosen_program(request)
    visible = queries.cards_visible_to(request.user).filter(program=program)
    form = FindForm(posted(request))
    found: list[Card] | None = None
    if program is not None and form.is_bound and form.is_valid():
        matches = _find(request, program, visible, form.cleaned_data["words"])
        if isinstance(matches, CardError):
            form.add_error("words", str(matches))
        elif len(matches) == 1:
            return redirect("cards:card", matches[0].uuid)
        else:
            found = matches
        form = FindForm() if form.is_valid() else _emptied(form, "words")
    status = request.GET.get("status", "")
    shown = visible.exclude(status=Card.Status.STOCK)
    if status in Card.Status.values:
        shown = visible.filter(status=status)
    counts = queries.card_counts(program_id=program.pk) if program else {}
    context = tabs(request, "cards") | {
        "form": form,
        "found": found,
        "status": status,
        "counts": [(value, Card.Status(value).label, counts[value]) for value in counts],
        "page": Paginator(shown, ROWS_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "cards/home.html", context)


def _find(
    request: HttpRequest, program: Program, visible: QuerySet[Card], words: str
) -> list[Card] | CardError:
    """Return the cards that were meant: by number, by reading, then by their holder."""
    by_number = list(queries.matching(visible, words)[:ROWS_A_PAGE])
    if by_number:
        return by_number
    try:
        return [card_meant(program_id=program.pk, text=words)]
    except (CardUnreadable, CardNotKnown):
        pass
    except CardError as refusal:
        return refusal
    if not perms.can_see_holder(request.user, program.client_id):
        return []
    holders = residents.residents_visible_to(request.user).filter(client_id=program.client_id)
    named = residents.matching(holders, words).values("pk")
    return list(visible.filter(wallet__resident__in=named)[:ROWS_A_PAGE])


def _emptied(form: Any, *names: str) -> Any:
    """Return the form with its errors and without what was read: that is shown to nobody."""
    form.data = form.data.copy()
    for name in names:
        form.data[name] = ""
    return form


@require_safe
@card_page
def card(request: HttpRequest, card_uuid: UUID) -> HttpResponse:
    """Show one card: where it stands, what its wallet holds, where it was used."""
    shown = _card(request, card_uuid)
    now = timezone.now()
    client_id = shown.program.client_id
    context = {
        "program": shown.program,
        "card": shown,
        "number": identifiers.masked(shown.face_number),
        "holder": _holder(request, shown, purpose="カードの確認", at=now),
        "may_manage": perms.can_manage_cards(request.user, client_id),
        "may_see_holder": perms.can_see_holder(request.user, client_id),
        "points": shown.wallet_id and ledger.usable_points(wallet_id=shown.wallet_id, at=now),
        "uses": queries.uses_of_card(shown.pk),
        "replaced_by": Card.objects.filter(replaces=shown).first(),
        "policy": queries.policy_of(shown.program_id),
    }
    return render(request, "cards/card.html", context)


def _card(request: HttpRequest, card_uuid: UUID) -> Card:
    return get_object_or_404(
        queries.cards_visible_to(request.user).select_related(
            "program__client", "batch", "wallet__resident", "issued_by", "replaces"
        ),
        uuid=card_uuid,
    )


def _holder(request: HttpRequest, card: Card, *, purpose: str, at: datetime) -> Resident | None:
    """Return whose card it is to those who may know, and keep that they looked."""
    resident = card.wallet.resident if card.wallet else None
    if resident is None or not perms.can_see_holder(request.user, card.program.client_id):
        return None
    _record_look(request, resident, purpose=purpose, at=at)
    return resident


def _record_look(request: HttpRequest, resident: Resident, *, purpose: str, at: datetime) -> None:
    audit.record_access(
        subject=resident,
        organization_id=resident.client_id,
        purpose=purpose,
        by=acting(request),
        at=at,
    )


# --- Handing out -----------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@card_page
def issue(request: HttpRequest) -> HttpResponse:
    """Read the card that is to be handed out."""
    program = managed_program(request)
    form = ReadForm(posted(request))
    if form.is_bound and form.is_valid():
        try:
            meant = card_meant(program_id=program.pk, text=form.cleaned_data["card"])
            if meant.status != Card.Status.STOCK:
                raise issuing.in_other_state(meant, "発行")
        except CardError as refusal:
            form.add_error("card", str(refusal))
        else:
            return redirect("cards:issue_to", meant.uuid)
    context = tabs(request, "cards") | {"form": _emptied(form, "card") if form.is_bound else form}
    return render(request, "cards/issue.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@card_page
def issue_to(request: HttpRequest, card_uuid: UUID) -> HttpResponse:
    """Find the person, show once more who gets which card, and hand it out."""
    meant = _card(request, card_uuid)
    by = check_may_manage(request, meant.program.client_id)
    if meant.status != Card.Status.STOCK:
        messages.error(request, str(issuing.in_other_state(meant, "発行")))
        return redirect("cards:card", meant.uuid)
    step = request.POST.get("step", "") if request.method == "POST" else ""
    if step in {"choose", "issue"}:
        resident = _chosen_resident(request, meant.program)
        if step == "issue":
            return _issue(request, meant, resident, by)
        return _confirm_page(request, meant, resident)
    form = HolderForm(posted(request))
    found: list[Resident] | None = None
    if form.is_bound and form.is_valid():
        found = _holders(request, meant.program, form.cleaned_data["words"])
    context = {
        "program": meant.program,
        "card": meant,
        "number": identifiers.masked(meant.face_number),
        "form": form,
        "found": found,
        "is_full": found is not None and len(found) == HOLDERS_SHOWN,
    }
    return render(request, "cards/issue_to.html", context)


def _holders(request: HttpRequest, program: Program, words: str) -> list[Resident]:
    visible = residents.residents_visible_to(request.user).filter(client_id=program.client_id)
    found = list(residents.matching(visible, words)[:HOLDERS_SHOWN])
    now = timezone.now()
    for resident in found:
        _record_look(request, resident, purpose="カードの発行先をさがす", at=now)
    return found


def _chosen_resident(request: HttpRequest, program: Program) -> Resident | None:
    """Return the person named in the form, None for a card without a name; others are a 404."""
    wanted = request.POST.get("resident", "")
    if wanted == "none":
        return None
    try:
        uuid = UUID(wanted)
    except ValueError:
        raise Http404 from None
    visible = residents.residents_visible_to(request.user).filter(client_id=program.client_id)
    return get_object_or_404(visible, uuid=uuid)


def _confirm_page(request: HttpRequest, meant: Card, resident: Resident | None) -> HttpResponse:
    now = timezone.now()
    wallet = None
    if resident is not None:
        _record_look(request, resident, purpose="カードの発行", at=now)
        wallet = ledger.wallet_of(resident_id=resident.pk, program_id=meant.program_id)
    context = {
        "program": meant.program,
        "card": meant,
        "number": identifiers.masked(meant.face_number),
        "resident": resident,
        "points": ledger.usable_points(wallet_id=wallet.pk, at=now) if wallet else 0,
    }
    return render(request, "cards/issue_confirm.html", context)


def _issue(request: HttpRequest, meant: Card, resident: Resident | None, by: User) -> HttpResponse:
    try:
        issuing.issue_card(
            card_id=meant.pk,
            resident_id=resident.pk if resident else None,
            by=by,
            at=timezone.now(),
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("cards:issue_to", meant.uuid)
    return redirect("cards:issued", meant.uuid)


@require_safe
@card_page
def issued(request: HttpRequest, card_uuid: UUID) -> HttpResponse:
    """Say that the card can be used now, and what to tell its holder."""
    shown = _card(request, card_uuid)
    check_may_manage(request, shown.program.client_id)
    if shown.status != Card.Status.ISSUED or shown.wallet_id is None:
        return redirect("cards:card", shown.uuid)
    context = {
        "program": shown.program,
        "card": shown,
        "number": identifiers.masked(shown.face_number),
        "has_name": shown.wallet is not None and shown.wallet.resident_id is not None,
        "points": ledger.usable_points(wallet_id=shown.wallet_id, at=timezone.now()),
        "policy": queries.policy_of(shown.program_id),
    }
    return render(request, "cards/issued.html", context)


# --- Lost, found, retired --------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@card_page
def act(request: HttpRequest, card_uuid: UUID, act: str) -> HttpResponse:
    """Put a stopped card back into use or retire one; each asks once."""
    shown = _card(request, card_uuid)
    if not perms.can_manage_cards(request.user, shown.program.client_id):
        raise PermissionDenied
    form = ReasonForm(posted(request))
    if request.method == "POST" and (act == "unblock" or form.is_valid()):
        try:
            words = ACTS[act](shown, form, acting(request), timezone.now())
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, words)
        return redirect("cards:card", shown.uuid)
    context = {
        "program": shown.program,
        "card": shown,
        "number": identifiers.masked(shown.face_number),
        "act": act,
        "form": form if act != "unblock" else None,
    }
    return render(request, "cards/act.html", context)


def _unblock(card: Card, form: ReasonForm, by: User, at: datetime) -> str:
    lifecycle.unblock_card(card_id=card.pk, by=by, at=at)
    return "停止を解きました。このカードは、すぐに使えます。"


def _retire(card: Card, form: ReasonForm, by: User, at: datetime) -> str:
    lifecycle.retire_card(card_id=card.pk, reason=form.reason(), by=by, at=at)
    return "カードを廃棄にしました。元には戻せません。"


ACTS: Final[dict[str, Callable[[Card, ReasonForm, User, datetime], str]]] = {
    "unblock": _unblock,
    "retire": _retire,
}


@require_http_methods(["GET", "HEAD", "POST"])
@stop_page
def block(request: HttpRequest, card_uuid: UUID) -> HttpResponse:
    """Stop a card that was reported lost: the office from the card, the desk from its caller."""
    shown = get_object_or_404(queries.cards_stoppable_by(request.user), uuid=card_uuid)
    by = acting(request)
    is_office = perms.can_manage_cards(by, shown.program.client_id)
    form = ReasonForm(posted(request))
    if form.is_bound and form.is_valid():
        try:
            lifecycle.block_card(card_id=shown.pk, reason=form.reason(), by=by, at=timezone.now())
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, STOPPED)
        return redirect("cards:card" if is_office else "cards:block", shown.uuid)
    context = {
        "program": shown.program,
        "card": shown,
        "number": identifiers.masked(shown.face_number),
        "act": "block",
        "form": form,
    }
    return render(request, "cards/act.html" if is_office else "cards/stop.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@card_page
def replace(request: HttpRequest, card_uuid: UUID) -> HttpResponse:
    """Read the new card and give it the old one's wallet."""
    old = _card(request, card_uuid)
    by = check_may_manage(request, old.program.client_id)
    form = ReplaceForm(posted(request))
    now = timezone.now()
    if form.is_bound and form.is_valid():
        try:
            new = card_meant(program_id=old.program_id, text=form.cleaned_data["card"])
            lifecycle.replace_card(
                card_id=old.pk, new_card_id=new.pk, reason=form.reason(), by=by, at=now
            )
        except DomainError as refusal:
            form.add_error("card", str(refusal))
        else:
            messages.success(request, "交換しました。古いカードは、もう使えません。")
            return redirect("cards:issued", new.uuid)
    if old.status not in {Card.Status.ISSUED, Card.Status.BLOCKED}:
        messages.error(request, str(issuing.in_other_state(old, "交換")))
        return redirect("cards:card", old.uuid)
    context = {
        "program": old.program,
        "card": old,
        "number": identifiers.masked(old.face_number),
        "holder": _holder(request, old, purpose="カードの交換", at=now),
        "points": old.wallet_id and ledger.usable_points(wallet_id=old.wallet_id, at=now),
        "form": _emptied(form, "card") if form.is_bound else form,
    }
    return render(request, "cards/replace.html", context)

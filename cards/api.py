"""What terminals ask over the line. Every request but the enrolment is signed by the device's key.

No cookie is read or set here, so there is nothing that a page of somebody else's could ride on;
that is why Django's check of forms does not apply. Answers carry the server's time, by which the
device corrects its clock, and are kept by nobody.
"""

import base64
import re
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import structlog
from allauth.account.adapter import get_adapter
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import AfterValidator, Field

from cards import errors_terminal as errors
from cards import guesses
from cards.models import Terminal
from cards.services import tapping, terminals
from cards.services.terminals import SignedRequest
from ledger import queries as ledger_queries
from pointsys.common import display, sealing
from pointsys.common.errors import DomainError

if TYPE_CHECKING:
    from ledger.models import Payment

logger = structlog.stdlib.get_logger("pointsys.terminal")
BODY_MOST: Final = 8 * 1024
POINTS_MOST: Final = 999_999_999
STATUS_OF: Final[dict[type[DomainError], HTTPStatus]] = {
    errors.NotSigned: HTTPStatus.UNAUTHORIZED,
    errors.ClockDiffers: HTTPStatus.UNAUTHORIZED,
    errors.TerminalRevoked: HTTPStatus.UNAUTHORIZED,
    errors.TooManyGuesses: HTTPStatus.TOO_MANY_REQUESTS,
    errors.CodeMistyped: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.KeyUnusable: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.CardUnknown: HTTPStatus.NOT_FOUND,
    errors.PaymentUnknown: HTTPStatus.NOT_FOUND,
}
BAD_INPUT: Final = "受け取った内容を読めませんでした。もう一度はじめからやり直してください。"
TOO_BIG: Final = "受け取った内容が大きすぎます。もう一度はじめからやり直してください。"
UNKNOWN_OUTCOME: Final = "結果が分かりません。確認しています。もう一度操作しないでください。"
_TIME: Final = re.compile(r"[0-9]{12,14}")


class TerminalApi(NinjaAPI):
    """The answers of one API: the server's time on each, and none of them stored."""

    def create_response(
        self,
        request: HttpRequest,
        data: Any,
        *,
        status: int | None = None,
        temporal_response: HttpResponse | None = None,
    ) -> HttpResponse:
        response = super().create_response(
            request, data, status=status, temporal_response=temporal_response
        )
        response["X-Server-Time"] = str(int(timezone.now().timestamp() * 1000))
        response["Cache-Control"] = "no-store"
        return response


class SignedBy:
    """Who asks: the terminal whose key signed this very request."""

    def __call__(self, request: HttpRequest) -> Terminal:
        """Return the terminal.

        Raises:
            TerminalError: the request is not signed as it must be.
        """
        return terminals.verify_request(_signed(request), at=timezone.now())


api = TerminalApi(
    title="pointsys terminals",
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,
    auth=SignedBy(),
)


class SignedHttpRequest(HttpRequest):
    """A request whose signature was checked."""

    auth: Terminal


# --- What comes in ---------------------------------------------------------------------------
def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("NUL")
    return text


CardText = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_without_nul)]
Points = Annotated[int, Field(strict=True, ge=1, le=POINTS_MOST)]


class EnrolIn(Schema):
    code: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_without_nul)]
    public_key: Annotated[str, Field(min_length=1, max_length=400)]


class TapIn(Schema):
    card: CardText


class SpendIn(TapIn):
    points: Points
    request_key: UUID


class OutcomeIn(Schema):
    reference: Annotated[str, Field(min_length=1, max_length=300)]
    request_key: UUID
    gives_up: bool = False


class ReceiptIn(Schema):
    receipt: Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_without_nul)]


class CancelIn(ReceiptIn):
    alive_points: Annotated[int, Field(strict=True, ge=0, le=POINTS_MOST)]
    request_key: UUID


# --- Acts ------------------------------------------------------------------------------------
@api.post("/enrol", auth=None, url_name="enrol")
def enrol(request: HttpRequest, given: EnrolIn) -> dict[str, Any]:
    """Tie the device's key to the terminal whose code was typed."""
    address = get_adapter(request).get_client_ip(request)
    if guesses.are_too_many(address):
        raise errors.TooManyGuesses
    try:
        key = base64.b64decode(given.public_key, validate=True)
        terminal = terminals.enrol(code=given.code, public_key_spki=key, at=timezone.now())
    except ValueError:
        raise errors.KeyUnusable from None
    except (errors.CodeUnknown, errors.CodeExpired):
        guesses.count(address)
        raise
    return {"terminal": str(terminal.uuid), **_stand(terminal)}


@api.post("/status", url_name="status")
def status(request: SignedHttpRequest) -> dict[str, Any]:
    """Tell the terminal where it stands, and whether it may act now."""
    try:
        tapping.check_stand(request.auth, at=timezone.now())
    except errors.TerminalError as refusal:
        return {**_stand(request.auth), "stopped": str(refusal)}
    return {**_stand(request.auth), "stopped": ""}


@api.post("/look", url_name="look")
def look(request: SignedHttpRequest, given: TapIn) -> dict[str, Any]:
    """Show what a card holds and may do here."""
    at = timezone.now()
    sight = tapping.look(terminal=request.auth, tap=tapping.tap_from(given.card), at=at)
    limits, offer, ends_at = sight.limits, sight.offer, sight.soonest_expiry
    return {
        "number": sight.masked_number,
        "points": limits.usable_points,
        "until": display.japanese_date(display.last_usable_moment(ends_at)) if ends_at else "",
        "possible_points": limits.possible_points,
        "pays_not": "" if limits.may_pay else str(errors.NumberPaysNot()),
        "use_limit_points": limits.use_limit_points,
        "day_left_points": limits.day_left_points,
        "earn": offer
        and {
            "name": offer.name,
            "points": offer.points,
            "is_done": offer.earned_at is not None,
        },
        "reference": _reference(request.auth, sight.wallet_id),
    }


@api.post("/earn", url_name="earn")
def earn(request: SignedHttpRequest, given: TapIn) -> dict[str, Any]:
    """Give the points of this terminal's grant, once a day and person."""
    had = tapping.earn(terminal=request.auth, tap=tapping.tap_from(given.card), at=timezone.now())
    return {
        "name": had.name,
        "points": had.points,
        "is_new": had.is_new,
        "is_here": had.is_here,
        "earned_ms": int(had.earned_at.timestamp() * 1000),
        "time": _moment(had.earned_at),
        "balance": had.usable_points,
    }


@api.post("/spend", url_name="spend")
def spend(request: SignedHttpRequest, given: SpendIn) -> dict[str, Any]:
    """Take points for the store, once a request key."""
    # A refusal is final: a signed request is carried out once, and a device sends a key once.
    # Whoever lost the answer asks for the outcome.
    spent = tapping.spend(
        terminal=request.auth,
        tap=tapping.tap_from(given.card),
        points=given.points,
        request_key=given.request_key,
        at=timezone.now(),
    )
    return _paid(spent)


@api.post("/outcome", url_name="outcome")
def outcome(request: SignedHttpRequest, given: OutcomeIn) -> dict[str, Any]:
    """Tell whether a payment went through; "not paid" is said only once that is so for good."""
    spent = tapping.outcome(
        terminal=request.auth,
        wallet_id=_wallet_of(request.auth, given.reference),
        request_key=given.request_key,
        gives_up=given.gives_up,
        at=timezone.now(),
    )
    if spent is not None:
        return {"state": "PAID", **_paid(spent)}
    return {"state": "NOT_PAID" if given.gives_up else "UNKNOWN"}


@api.post("/payments", url_name="payments")
def payments(request: SignedHttpRequest) -> dict[str, Any]:
    """List today's payments of this terminal that can be given back."""
    found = tapping.recent_payments(terminal=request.auth, at=timezone.now())
    return {"payments": [_line(payment) for payment in found]}


@api.post("/payment", url_name="payment")
def payment_to_cancel(request: SignedHttpRequest, given: ReceiptIn) -> dict[str, Any]:
    """Show one payment and where its points would go."""
    found = tapping.payment_to_cancel(terminal=request.auth, receipt=given.receipt)
    left = found.points - found.refunded_points
    plan = ledger_queries.plan_refund(payment_id=found.pk, points=left, at=timezone.now())
    return {
        **_line(found),
        "alive_points": plan.alive_points,
        "lapsed_points": plan.lapsed_points,
    }


@api.post("/cancel", url_name="cancel")
def cancel(request: SignedHttpRequest, given: CancelIn) -> dict[str, Any]:
    """Give a payment back."""
    done = tapping.cancel(
        terminal=request.auth,
        receipt=given.receipt,
        alive_points=given.alive_points,
        request_key=given.request_key,
        at=timezone.now(),
    )
    return {
        "points": done.refund.points,
        "receipt": display.in_fours(done.payment.receipt_number),
        "time": _moment(done.refund.occurred_at),
    }


# --- What goes out ---------------------------------------------------------------------------
def _stand(terminal: Terminal) -> dict[str, Any]:
    return {
        "store": terminal.store.name,
        "till": f"レジ{terminal.till.number}",
        "name": terminal.name,
        "program": terminal.program.name,
        "theme": terminal.program.theme.lower(),
        "phone": terminal.program.desk_phone,
    }


def _paid(spent: tapping.Spent) -> dict[str, Any]:
    return {**_line(spent.payment), "balance": spent.usable_points}


def _line(payment: "Payment") -> dict[str, Any]:
    return {
        "id": str(payment.transfer.uuid),
        "points": payment.points,
        "left_points": payment.points - payment.refunded_points,
        "receipt": display.in_fours(payment.receipt_number),
        "time": _moment(payment.transfer.occurred_at),
    }


def _moment(at: datetime) -> str:
    return f"{display.japanese_date(at)} {timezone.localtime(at):%H:%M:%S}"


def _context_of(terminal: Terminal) -> str:
    return f"cards.terminal_reference:{terminal.uuid}"


def _reference(terminal: Terminal, wallet_id: int) -> str:
    """Return what this terminal may keep to ask about a payment: it tells nobody whose it is."""
    sealed = sealing.seal_json({"wallet": wallet_id}, context=_context_of(terminal))
    return base64.urlsafe_b64encode(sealed).decode("ascii")


def _wallet_of(terminal: Terminal, reference: str) -> int:
    try:
        sealed = base64.b64decode(reference, altchars=b"-_", validate=True)
        return int(sealing.unseal_json(sealed, context=_context_of(terminal))["wallet"])
    except (ValueError, sealing.SealBroken):
        raise HttpError(HTTPStatus.UNPROCESSABLE_ENTITY, BAD_INPUT) from None


# --- The signature ---------------------------------------------------------------------------
def _signed(request: HttpRequest) -> SignedRequest:
    headers = request.headers
    time_ms = headers.get("X-Terminal-Time", "")
    try:
        if not _TIME.fullmatch(time_ms):
            raise ValueError("time")
        return SignedRequest(
            terminal_uuid=UUID(headers.get("X-Terminal", "")),
            time_ms=int(time_ms),
            nonce=UUID(headers.get("X-Terminal-Nonce", "")),
            signature=base64.b64decode(headers.get("X-Terminal-Signature", ""), validate=True),
            method=request.method or "",
            full_path=request.get_full_path(),
            body=_body(request),
        )
    except ValueError:
        raise errors.NotSigned from None


def _body(request: HttpRequest) -> bytes:
    declared = request.headers.get("Content-Length") or "0"
    if declared.isdecimal() and int(declared) > BODY_MOST:
        raise RequestDataTooBig(TOO_BIG)
    return request.body


# --- Refusals --------------------------------------------------------------------------------
Handler = Callable[[HttpRequest, Any], HttpResponse]


def _refuse(
    request: HttpRequest, code: str, message: str, status: int, **more: Any
) -> HttpResponse:
    return api.create_response(request, {"code": code, "message": message, **more}, status=status)


@api.exception_handler(DomainError)
def _refused(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    status = STATUS_OF.get(type(refusal), HTTPStatus.CONFLICT)
    more: dict[str, Any] = {
        name: refusal.context[name]
        for name in ("possible_points", "usable_points")
        if name in refusal.context
    }
    if isinstance(refusal, errors.TerminalRevoked):
        more["wipe"] = True
    return _refuse(request, refusal.code, str(refusal), status, **more)


@api.exception_handler(ValidationError)
def _unreadable(request: HttpRequest, refusal: ValidationError) -> HttpResponse:
    return _refuse(request, "cards.bad_input", BAD_INPUT, HTTPStatus.UNPROCESSABLE_ENTITY)


@api.exception_handler(RequestDataTooBig)
def _too_big(request: HttpRequest, refusal: RequestDataTooBig) -> HttpResponse:
    return _refuse(request, "cards.too_big", TOO_BIG, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


@api.exception_handler(AuthenticationError)
def _unsigned(request: HttpRequest, refusal: AuthenticationError) -> HttpResponse:
    return _refused(request, errors.NotSigned())


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, refusal: HttpError) -> HttpResponse:
    return _refuse(request, "cards.bad_input", BAD_INPUT, refusal.status_code)


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def _line_broken(request: HttpRequest, problem: Exception) -> HttpResponse:
    # The commit may have happened before the line to the database broke: nobody knows.
    logger.error("terminal_outcome_unknown", path=request.path, exc_info=problem)
    return _refuse(
        request, "cards.outcome_unknown", UNKNOWN_OUTCOME, HTTPStatus.SERVICE_UNAVAILABLE
    )

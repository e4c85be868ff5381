"""A resident at a till: which till, which wallet, and whether it could pay at all."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from ledger import errors, queries
from ledger.forms import OrderForm
from ledger.models import Payment, Wallet
from ledger.orders import Order
from pointsys.programs.models import Program
from pointsys.residents import queries as residents
from stores import queries as stores
from stores import till_codes

if TYPE_CHECKING:
    from pointsys.residents.models import Resident
    from stores.models import Till


class ForgedCode(errors.LedgerError):
    code = "ledger.forged_code"
    message = "このQRコードは、事務局が発行したものではありません。"


class NotPaid(errors.LedgerError):
    code = "ledger.not_paid"
    message = "支払いは、できていません。"


@dataclass(frozen=True, slots=True)
class Visit:
    """What one request at a till is about; `key_id` and `mac` are as the QR gave them."""

    till: "Till"
    key_id: str
    mac: str
    resident: "Resident | None"
    wallet: Wallet | None

    @property
    def program(self) -> Program:
        return self.till.program

    @property
    def is_scanned(self) -> bool:
        return bool(self.mac or self.key_id)

    @property
    def channel(self) -> Payment.Channel:
        return Payment.Channel.QR if self.is_scanned else Payment.Channel.CODE

    @property
    def enrolment_status(self) -> str:
        """The store's part in the program: ACTIVE, SUSPENDED, WITHDRAWN or nothing."""
        enrolments = self.till.store.enrolments.filter(program_id=self.till.program_id)
        return enrolments.values_list("status", flat=True).first() or ""

    @property
    def amount_url(self) -> str:
        return self._with_proof(reverse("pay:till", args=[self.till.code]), {})

    def confirm_url(self, order: Order) -> str:
        """Return where the order is shown once more before it is paid."""
        return self._with_proof(
            reverse("pay:confirm", args=[self.till.code]),
            {"points": order.points, "key": order.key, "signature": order.signature},
        )

    def result_url(self, order: Order, pressed_at: datetime) -> str:
        """Return where the outcome of an order is looked for."""
        query = {
            "till": self.till.code,
            "points": order.points,
            "signature": order.signature,
            "pressed": int(pressed_at.timestamp()),
        }
        return f"{reverse('pay:result', args=[order.key])}?{urlencode(query)}"

    def _with_proof(self, path: str, query: dict[str, object]) -> str:
        proof = {"k": self.key_id, "v": self.mac} if self.is_scanned else {}
        whole = urlencode({**query, **proof})
        return f"{path}?{whole}" if whole else path


def visit_of(request: HttpRequest, code: str) -> Visit | None:
    """Return the visit that a request is part of, or None for a code that no till has."""
    till = stores.till_by_code(code)
    if till is None:
        return None
    resident = residents.resident_of(request.user)
    wallet = resident and queries.wallet_of(resident_id=resident.pk, program_id=till.program_id)
    return Visit(
        till=till,
        key_id=request.GET.get("k", "")[:16],
        mac=request.GET.get("v", "")[:64],
        resident=resident,
        wallet=wallet or None,
    )


def check_till(visit: Visit, *, at: datetime) -> None:
    """Refuse, before anybody signs in or types, what the till and its program forbid anyway.

    The ledger decides again when it is asked to pay; this only spares people the way there.

    Raises:
        ForgedCode: the QR carries no proof of ours.
        LedgerError: as `ledger.services.pay` would refuse for the till, the store or the period.
    """
    till, program = visit.till, visit.program
    if visit.is_scanned and not (
        visit.key_id == till.key_id and till_codes.is_mac_valid(till.code, visit.key_id, visit.mac)
    ):
        raise ForgedCode
    if till.revoked_at and till.revoked_at <= at:
        raise errors.TillRevoked
    if visit.enrolment_status != "ACTIVE":
        raise errors.StoreNotActive
    if program.status != Program.Status.OPEN:
        raise errors.ProgramNotOpen
    if at < program.usage_starts_at:
        raise errors.UsageNotStarted
    if at >= program.usage_ends_at:
        raise errors.UsageEnded


def check_wallet(visit: Visit) -> Wallet:
    """Return the wallet that would pay.

    Raises:
        WrongProgram: the resident has no wallet of the till's program.
        WalletNotActive: the wallet is frozen, merged or closed.
    """
    if visit.wallet is None:
        raise errors.WrongProgram
    if visit.wallet.status != Wallet.Status.ACTIVE:
        raise errors.WalletNotActive
    return visit.wallet


def order_of(visit: Visit, form: OrderForm) -> Order:
    """Return the order that a request carries, once it is shown to be ours and for this visit.

    Raises:
        IdempotencyConflict: a part of it is missing or was changed.
    """
    if visit.wallet is None or not form.is_valid():
        raise errors.IdempotencyConflict
    order = Order(
        till_id=visit.till.pk,
        wallet_id=visit.wallet.pk,
        points=form.cleaned_data["points"],
        key=form.cleaned_data["key"],
    )
    if not order.is_signed_by(form.cleaned_data["signature"]):
        raise errors.IdempotencyConflict
    return order

"""Terminals: made by the office, enrolled once by code, known by their key, revoked at once."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from cards import errors_terminal as errors
from cards import terminal_keys as keys
from cards.models import Terminal, TerminalNonce
from pointsys.audit import services as audit
from pointsys.users.models import User
from stores.models import Enrolment, Till

CODE_LIFE: Final = timedelta(minutes=10)
WINDOW: Final = timedelta(seconds=120)
# A request is taken from a window before its time to a window after it; a minute is to spare.
NONCE_LIFE: Final = 2 * WINDOW + timedelta(seconds=60)
SEEN_EVERY: Final = timedelta(seconds=60)
_NAME_MOST: Final = 60
_REASON_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What a request of a terminal claims, as it came over the line."""

    terminal_uuid: UUID
    time_ms: int
    nonce: UUID
    signature: bytes
    method: str
    full_path: str
    body: bytes


@transaction.atomic
def create_terminal(
    *, store_id: int, till_id: int, name: str, by: User | None, at: datetime
) -> tuple[Terminal, str]:
    """Make a terminal of a store's till and return it with its one-time code, told only here.

    Raises:
        NameMissing, NameTaken: the name is empty, or another terminal of the store has it.
        NotThisStoresTill: the till is another store's or was revoked.
        StoreNotInProgram: the store takes no part in the till's program.
    """
    name = name.replace("\0", "").strip()[:_NAME_MOST]
    if not name:
        raise errors.NameMissing
    till = (
        Till.objects.select_related("program")
        .filter(pk=till_id, store_id=store_id, revoked_at__isnull=True)
        .first()
    )
    if till is None:
        raise errors.NotThisStoresTill
    # The enrolment's row makes two people who name terminals of one store queue up.
    enrolment = (
        Enrolment.objects.select_for_update(no_key=True, of=("self",))
        .filter(program_id=till.program_id, store_id=store_id)
        .first()
    )
    if enrolment is None or enrolment.status != Enrolment.Status.ACTIVE:
        raise errors.StoreNotInProgram
    same_name = Terminal.objects.filter(program_id=till.program_id, store_id=store_id, name=name)
    if same_name.exclude(status=Terminal.Status.REVOKED).exists():
        raise errors.NameTaken(name=name)
    code = keys.new_code()
    terminal = Terminal.objects.create(
        program=till.program,
        store_id=store_id,
        till=till,
        name=name,
        code_hash=keys.code_digest(code),
        code_expires_at=at + CODE_LIFE,
        created_at=at,
        created_by=by,
    )
    _record("created", terminal, by=by, at=at, store=store_id, till=till_id)
    return terminal, code


@transaction.atomic
def renew_code(*, terminal_id: int, by: User | None, at: datetime) -> tuple[Terminal, str]:
    """Return a new one-time code for a terminal that still waits; the old one is worth nothing.

    Raises:
        AlreadyEnrolled, AlreadyRevoked.
    """
    terminal = _locked(terminal_id)
    if terminal.status == Terminal.Status.REVOKED:
        raise errors.AlreadyRevoked
    if terminal.status == Terminal.Status.ACTIVE:
        raise errors.AlreadyEnrolled
    code = keys.new_code()
    terminal.code_hash = keys.code_digest(code)
    terminal.code_expires_at = at + CODE_LIFE
    terminal.save(update_fields=["code_hash", "code_expires_at"])
    _record("code_renewed", terminal, by=by, at=at)
    return terminal, code


@transaction.atomic
def enrol(*, code: str, public_key_spki: bytes, at: datetime) -> Terminal:
    """Tie a device's key to the terminal that the code names; the code is used up by it.

    The same device that asks again, because the answer got lost, gets the same terminal.

    Raises:
        CodeMistyped, CodeUnknown, CodeExpired: the code opens nothing.
        KeyUnusable: the key is no ECDSA P-256 key, or another terminal's.
    """
    typed = keys.read_code(code)
    if typed is None:
        raise errors.CodeMistyped
    key = keys.read_public_key(public_key_spki)
    if key is None:
        raise errors.KeyUnusable
    # One key has several spellings (a compressed point is one): it is kept in one.
    public_key_spki = keys.canonical_spki(key)
    terminal = (
        Terminal.objects.select_for_update(no_key=True, of=("self",))
        .select_related("program", "store", "till")
        .filter(code_hash=keys.code_digest(typed))
        .first()
    )
    of_this_key = Terminal.objects.select_related("program", "store", "till").filter(
        public_key=public_key_spki
    )
    if terminal is None:
        again = of_this_key.filter(
            status=Terminal.Status.ACTIVE, enrolled_at__gt=at - CODE_LIFE
        ).first()
        if again is None:
            raise errors.CodeUnknown
        return again
    if terminal.code_expires_at is None or terminal.code_expires_at <= at:
        raise errors.CodeExpired
    if of_this_key.exists():
        raise errors.KeyUnusable
    terminal.status = Terminal.Status.ACTIVE
    terminal.public_key = public_key_spki
    terminal.code_hash = ""
    terminal.enrolled_at = at
    terminal.last_seen_at = at
    try:
        with transaction.atomic():
            terminal.save(
                update_fields=["status", "public_key", "code_hash", "enrolled_at", "last_seen_at"]
            )
    except IntegrityError:
        # The same device with another code, at this very moment.
        raise errors.KeyUnusable from None
    _record("enrolled", terminal, by=None, at=at)
    return terminal


@transaction.atomic
def revoke_terminal(*, terminal_id: int, reason: str, by: User | None, at: datetime) -> Terminal:
    """Refuse a terminal from its next request on; what it booked stays.

    Raises:
        ReasonMissing, AlreadyRevoked.
    """
    reason = reason.replace("\0", "").strip()[:_REASON_MOST]
    if not reason:
        raise errors.ReasonMissing
    terminal = _locked(terminal_id)
    if terminal.status == Terminal.Status.REVOKED:
        raise errors.AlreadyRevoked
    terminal.status = Terminal.Status.REVOKED
    terminal.code_hash = ""
    terminal.revoked_at = at
    terminal.reason = reason
    terminal.save(update_fields=["status", "code_hash", "revoked_at", "reason"])
    _record("revoked", terminal, by=by, at=at, store=terminal.store_id)
    return terminal


def verify_request(request: SignedRequest, *, at: datetime) -> Terminal:
    """Return the terminal that signed this request just now, for the first time.

    The nonce is used up by its own transaction: it stays so whatever becomes of the act.

    Raises:
        NotSigned: no terminal with this key signed exactly this.
        TerminalRevoked: the office has revoked it; the device should forget its key.
        ClockDiffers: more than two minutes from our clock.
        RequestReplayed: these bytes came before.
    """
    terminal = (
        Terminal.objects.select_related("program", "store", "till")
        .filter(uuid=request.terminal_uuid)
        .first()
    )
    message = keys.signed_bytes(
        method=request.method,
        full_path=request.full_path,
        time_ms=request.time_ms,
        nonce=request.nonce,
        body=request.body,
    )
    if (
        terminal is None
        or terminal.public_key is None
        or not keys.is_signed_by(bytes(terminal.public_key), message, request.signature)
    ):
        raise errors.NotSigned
    if terminal.status != Terminal.Status.ACTIVE:
        raise errors.TerminalRevoked
    signed_at = datetime.fromtimestamp(request.time_ms / 1000, tz=UTC)
    if abs(at - signed_at) > WINDOW:
        raise errors.ClockDiffers
    try:
        with transaction.atomic():
            TerminalNonce.objects.create(terminal=terminal, nonce=request.nonce, used_at=at)
    except IntegrityError:
        raise errors.RequestReplayed from None
    if terminal.last_seen_at is None or at - terminal.last_seen_at >= SEEN_EVERY:
        Terminal.objects.filter(pk=terminal.pk).update(last_seen_at=at)
    return terminal


def sweep_nonces(*, at: datetime) -> int:
    """Forget nonces of requests that are too old to be taken again; return how many."""
    count, _ = TerminalNonce.objects.filter(used_at__lt=at - NONCE_LIFE).delete()
    return count


def _locked(terminal_id: int) -> Terminal:
    return (
        Terminal.objects.select_for_update(no_key=True, of=("self",))
        .select_related("program")
        .get(pk=terminal_id)
    )


def _record(act: str, terminal: Terminal, *, by: User | None, at: datetime, **changes: int) -> None:
    audit.record(
        code=f"cards.terminal.{act}",
        target=terminal,
        organization_id=terminal.program.client_id,
        by=by,
        at=at,
        changes=changes,
    )

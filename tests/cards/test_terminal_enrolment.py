"""Terminals: made, enrolled once, known by their key, revoked at once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import IntegrityError, transaction

from cards import errors_terminal as errors
from cards import terminal_keys
from cards.models import Terminal, TerminalNonce
from cards.services import terminals
from cards.services.terminals import SignedRequest
from cards.tasks import sweep_terminal_nonces
from pointsys.audit.models import AuditEvent
from stores.models import Enrolment
from tests.cards.devices import Device, enrolled, new_key, raw_signature, spki
from tests.factories import NOON, TillFactory

pytestmark = pytest.mark.django_db


def waiting(till, **values):
    facts = {"store_id": till.store_id, "till_id": till.pk, "name": "タブレット1"}
    return terminals.create_terminal(**{**facts, "by": None, "at": NOON, **values})


def signed(device: Device, *, at=NOON, key=None, **changes) -> SignedRequest:
    request = {
        "method": "POST",
        "full_path": "/terminal/api/status",
        "time_ms": int(at.timestamp() * 1000),
        "nonce": uuid4(),
        "body": b"{}",
    }
    signature = raw_signature(key or device.key, terminal_keys.signed_bytes(**request))
    facts = {**request, "terminal_uuid": device.terminal.uuid, "signature": signature}
    return SignedRequest(**{**facts, **changes})


@pytest.mark.req("CA-05")
def test_a_device_becomes_the_terminal_its_code_names():
    terminal, code = waiting(TillFactory())
    key = spki(new_key())

    found = terminals.enrol(code=code, public_key_spki=key, at=NOON + timedelta(minutes=9))

    assert found.pk == terminal.pk
    assert found.status == Terminal.Status.ACTIVE
    assert bytes(Terminal.objects.get().public_key) == key
    assert list(AuditEvent.objects.order_by("pk").values_list("code", flat=True)) == [
        "cards.terminal.created",
        "cards.terminal.enrolled",
    ]


def test_the_code_is_kept_nowhere():
    terminal, code = waiting(TillFactory())

    row = Terminal.objects.filter(pk=terminal.pk).values().get()

    assert code not in str(row)
    assert not AuditEvent.objects.filter(changes__icontains=code).exists()


@pytest.mark.req("CA-05")
def test_a_code_enrols_one_device_only():
    _, code = waiting(TillFactory())
    terminals.enrol(code=code, public_key_spki=spki(new_key()), at=NOON)

    with pytest.raises(errors.CodeUnknown, match="1回だけ"):
        terminals.enrol(code=code, public_key_spki=spki(new_key()), at=NOON)


@pytest.mark.req("CA-05")
def test_a_key_is_one_terminals_however_it_is_spelled():
    key, till = new_key(), TillFactory()
    _, first = waiting(till)
    _, second = waiting(till, name="タブレット2")
    terminals.enrol(code=first, public_key_spki=spki(key), at=NOON)
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    head = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")

    with pytest.raises(errors.KeyUnusable):
        terminals.enrol(code=second, public_key_spki=head + point, at=NOON)
    with pytest.raises(IntegrityError, match="key_once"), transaction.atomic():
        Terminal.objects.filter(status="WAITING").update(
            status="ACTIVE",
            public_key=spki(key),
            enrolled_at=NOON,
            code_hash="",
        )


def test_a_device_that_lost_the_answer_asks_again():
    terminal, code = waiting(TillFactory())
    key = spki(new_key())
    terminals.enrol(code=code, public_key_spki=key, at=NOON)

    again = terminals.enrol(code=code, public_key_spki=key, at=NOON + timedelta(minutes=1))

    assert again.pk == terminal.pk


def test_a_code_ends_after_ten_minutes_and_a_new_one_can_be_made():
    terminal, code = waiting(TillFactory())
    late = NOON + timedelta(minutes=10)

    with pytest.raises(errors.CodeExpired, match="10分"):
        terminals.enrol(code=code, public_key_spki=spki(new_key()), at=late)
    _, fresh = terminals.renew_code(terminal_id=terminal.pk, by=None, at=late)
    with pytest.raises(errors.CodeUnknown):
        terminals.enrol(code=code, public_key_spki=spki(new_key()), at=late)

    found = terminals.enrol(code=fresh, public_key_spki=spki(new_key()), at=late)
    assert found.pk == terminal.pk


@pytest.mark.parametrize("code", ["", "1234", "123456789012\0", "abcdefghijkl", "1" * 90])
def test_a_mistyped_code_is_told_from_an_unknown_one(code):
    with pytest.raises(errors.CodeMistyped, match="数字12けた"):
        terminals.enrol(code=code, public_key_spki=spki(new_key()), at=NOON)


def test_one_key_is_one_terminal():
    till = TillFactory()
    device = enrolled(till)
    _, code = waiting(till, name="べつの端末")

    with pytest.raises(errors.KeyUnusable):
        terminals.enrol(code=code, public_key_spki=spki(device.key), at=NOON)


def test_terminals_of_a_store_have_different_names():
    till = TillFactory()
    first, _ = waiting(till)

    with pytest.raises(errors.NameTaken, match="タブレット1"):
        waiting(till)
    with pytest.raises(IntegrityError, match="cards_terminal_name_once"), transaction.atomic():
        Terminal.objects.create(
            program=till.program, store=till.store, till=till, name=first.name,
            code_hash="x", code_expires_at=NOON, created_at=NOON,
        )  # fmt: skip
    terminals.revoke_terminal(terminal_id=first.pk, reason="紛失", by=None, at=NOON)

    assert waiting(till)[0].pk != first.pk


@pytest.mark.parametrize("name", ["", "　", "\0"])
def test_a_terminal_has_a_name(name):
    with pytest.raises(errors.NameMissing):
        waiting(TillFactory(), name=name)


def test_a_till_of_another_store_or_a_revoked_one_is_refused():
    till = TillFactory()

    with pytest.raises(errors.NotThisStoresTill):
        waiting(till, till_id=TillFactory().pk)
    till.revoked_at = NOON
    till.save()
    with pytest.raises(errors.NotThisStoresTill):
        waiting(till)


@pytest.mark.parametrize("status", [Enrolment.Status.SUSPENDED, Enrolment.Status.WITHDRAWN])
def test_a_store_that_was_stopped_gets_no_terminal(status):
    till = TillFactory()
    till.store.enrolments.update(status=status, reason="確認のため")

    with pytest.raises(errors.StoreNotInProgram):
        waiting(till)


# --- Requests --------------------------------------------------------------------------------
@pytest.mark.req("CA-05")
def test_a_revoked_terminal_is_refused_on_its_next_request():
    device = enrolled(TillFactory())
    assert terminals.verify_request(signed(device), at=NOON).pk == device.terminal.pk

    terminals.revoke_terminal(terminal_id=device.terminal.pk, reason="紛失", by=None, at=NOON)

    with pytest.raises(errors.TerminalRevoked):
        terminals.verify_request(signed(device), at=NOON)


def test_a_terminal_that_waits_for_its_device_signs_nothing():
    terminal, _ = waiting(TillFactory())

    with pytest.raises(errors.NotSigned):
        terminals.verify_request(signed(Device(terminal, new_key())), at=NOON)


@pytest.mark.parametrize("seconds", [-119, 119])
def test_a_clock_may_differ_by_two_minutes(seconds):
    device = enrolled(TillFactory())

    request = signed(device, at=NOON + timedelta(seconds=seconds))

    assert terminals.verify_request(request, at=NOON).pk == device.terminal.pk


@pytest.mark.parametrize("seconds", [-121, 121])
def test_an_old_or_early_request_is_refused(seconds):
    device = enrolled(TillFactory())
    request = signed(device, at=NOON + timedelta(seconds=seconds))

    with pytest.raises(errors.ClockDiffers):
        terminals.verify_request(request, at=NOON)


@pytest.mark.req("CA-05")
def test_a_request_is_taken_once():
    device = enrolled(TillFactory())
    request = signed(device)
    terminals.verify_request(request, at=NOON)

    with pytest.raises(errors.RequestReplayed):
        terminals.verify_request(request, at=NOON + timedelta(seconds=100))

    with pytest.raises(IntegrityError, match="cards_terminalnonce_once"), transaction.atomic():
        TerminalNonce.objects.create(terminal=device.terminal, nonce=request.nonce, used_at=NOON)


def test_without_the_nonce_the_same_request_would_be_taken_again():
    """The negative control of the test above: nothing else stops a replay."""
    device = enrolled(TillFactory())
    request = signed(device)
    terminals.verify_request(request, at=NOON)

    TerminalNonce.objects.all().delete()

    again = terminals.verify_request(request, at=NOON + timedelta(seconds=100))
    assert again.pk == device.terminal.pk


def test_a_nonce_is_kept_as_long_as_its_request_could_come_again():
    device = enrolled(TillFactory())
    early = signed(device, at=NOON + timedelta(seconds=120))
    terminals.verify_request(early, at=NOON)
    last = NOON + timedelta(seconds=240)

    assert terminals.sweep_nonces(at=last) == 0
    with pytest.raises(errors.RequestReplayed):
        terminals.verify_request(early, at=last)
    assert terminals.sweep_nonces(at=last + timedelta(seconds=61)) == 1


def test_the_sweep_runs_by_the_clock():
    device = enrolled(TillFactory())
    terminals.verify_request(signed(device), at=NOON)

    sweep_terminal_nonces()

    assert TerminalNonce.objects.count() == 0


@pytest.mark.parametrize(
    "changes",
    [{"body": b'{"a": 1}'}, {"full_path": "/terminal/api/spend"}, {"method": "GET"},
     {"terminal_uuid": uuid4()}, {"signature": b""}, {"signature": bytes(64)}],
)  # fmt: skip
def test_what_was_altered_is_not_signed(changes):
    device = enrolled(TillFactory())

    with pytest.raises(errors.NotSigned):
        terminals.verify_request(signed(device, **changes), at=NOON)

    assert TerminalNonce.objects.count() == 0


def test_another_terminals_key_signs_nothing_for_this_one():
    till = TillFactory()
    here, there = enrolled(till), enrolled(till, name="となり")

    with pytest.raises(errors.NotSigned):
        terminals.verify_request(signed(here, key=there.key), at=NOON)


def test_revoking_wants_a_reason_and_happens_once():
    device = enrolled(TillFactory())
    terminal_id = device.terminal.pk

    with pytest.raises(errors.ReasonMissing):
        terminals.revoke_terminal(terminal_id=terminal_id, reason=" ", by=None, at=NOON)
    terminals.revoke_terminal(terminal_id=terminal_id, reason="紛失", by=None, at=NOON)
    with pytest.raises(errors.AlreadyRevoked):
        terminals.revoke_terminal(terminal_id=terminal_id, reason="紛失", by=None, at=NOON)
    with pytest.raises(errors.AlreadyRevoked):
        terminals.renew_code(terminal_id=terminal_id, by=None, at=NOON)


def test_revoking_a_terminal_that_waits_ends_its_code():
    terminal, code = waiting(TillFactory())
    terminals.revoke_terminal(terminal_id=terminal.pk, reason="まちがい", by=None, at=NOON)

    with pytest.raises(errors.CodeUnknown):
        terminals.enrol(code=code, public_key_spki=spki(new_key()), at=NOON)


def test_the_last_sign_of_life_is_written_once_a_minute(django_assert_num_queries):
    device = enrolled(TillFactory())
    later = NOON + timedelta(minutes=5)
    terminals.verify_request(signed(device, at=later), at=later)
    device.terminal.refresh_from_db()
    assert device.terminal.last_seen_at == later

    # The terminal with its store, till and program; the nonce within its savepoint.
    with django_assert_num_queries(4):
        terminals.verify_request(signed(device, at=later), at=later)

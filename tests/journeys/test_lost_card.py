"""A card from the counter to the store's statement: earned, spent, lost, replaced, spent again."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest

from cards import errors_terminal, identifiers
from cards.services import issuing, lifecycle, policies, tapping, terminals
from ledger import queries as ledger
from ledger import services as ledger_services
from ledger.models import Transfer
from pointsys.common.clock import JST
from settlement.models import Statement
from settlement.services import closing
from tests.cards.devices import new_key, spki
from tests.cards.factories import stock_of, tap_of, token
from tests.factories import ProgramFactory, TillFactory
from tests.journeys.people import hanako

AUGUST = date(2025, 8, 1)
NOON = datetime(2025, 8, 20, 12, tzinfo=JST)


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("CA-02", "CA-03", "CA-04", "CA-05", "PB-05")
def test_a_lost_card_takes_no_points_with_it():
    start = datetime(2025, 8, 1, tzinfo=JST)
    program = ProgramFactory(grant_starts_at=start, usage_starts_at=start)
    resident = hanako(program.client)
    till = TillFactory(program=program)
    old, new = stock_of(program, 1, 2)
    policies.create_earn_rule(
        program_id=program.pk, name="来店", points=300, total_points=1_000, by=None, at=NOON
    )
    terminal, code = terminals.create_terminal(
        store_id=till.store_id, till_id=till.pk, name="レジ", by=None, at=NOON
    )
    terminal = terminals.enrol(code=code, public_key_spki=spki(new_key()), at=NOON)

    issuing.issue_card(card_id=old.pk, resident_id=resident.pk, by=None, at=NOON)
    tapping.earn(terminal=terminal, tap=tap_of(1), at=NOON)
    tapping.spend(terminal=terminal, tap=tap_of(1), points=120, request_key=uuid4(), at=NOON)
    wallet = ledger.wallet_of(resident_id=resident.pk, program_id=program.pk)
    assert ledger.usable_points(wallet_id=wallet.pk, at=NOON) == 180

    evening = NOON + timedelta(hours=6)
    lifecycle.block_card(card_id=old.pk, reason="紛失", by=None, at=evening)
    with pytest.raises(errors_terminal.CardBlocked):
        tapping.spend(terminal=terminal, tap=tap_of(1), points=1, request_key=uuid4(), at=evening)
    moved = Transfer.objects.count()
    lifecycle.replace_card(card_id=old.pk, new_card_id=new.pk, reason="紛失", by=None, at=evening)

    assert Transfer.objects.count() == moved
    by_qr = identifiers.read_tap(identifiers.qr_payload(token(2)))
    assert tapping.look(terminal=terminal, tap=by_qr, at=evening).limits.usable_points == 180
    with pytest.raises(errors_terminal.CardReplaced):
        tapping.look(terminal=terminal, tap=tap_of(1), at=evening)
    tapping.spend(terminal=terminal, tap=tap_of(2), points=80, request_key=uuid4(), at=evening)
    assert ledger.usable_points(wallet_id=wallet.pk, at=evening) == 100
    lines = ledger.history_of(wallet_id=wallet.pk)
    assert [line.points for line in lines] == [-80, -120, 300]

    ledger_services.close_month(
        program_id=program.pk, month=AUGUST, by=None, at=datetime(2025, 9, 1, 9, tzinfo=JST)
    )
    closing.build_statements(
        program_id=program.pk, month=AUGUST, by=None, at=datetime(2025, 9, 1, 10, tzinfo=JST)
    )
    assert Statement.objects.get(store=till.store).amount_yen == 200

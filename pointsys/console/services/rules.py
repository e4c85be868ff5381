from datetime import datetime

from django.db import transaction

from ledger import queries as ledger
from pointsys.programs import queries as program_queries
from pointsys.programs import services as programs
from pointsys.programs.models import Program
from pointsys.programs.rules import ProgramRules
from pointsys.users.models import User


@transaction.atomic
def change_program_rules(
    *, program_id: int, rules: ProgramRules, by: User, at: datetime
) -> Program:
    """Change a program's rules, unless they contradict what has already happened under them.

    Raises:
        ProgramError: naming the field and what stands against it.
    """
    # Reservations lock the same row, so the sum below cannot grow before the change is written.
    program = programs.lock_program(program_id)
    return programs.change_rules(
        program_id=program_id,
        rules=rules,
        commitments=commitments_of(program),
        by=by,
        at=at,
    )


def try_program_rules(*, program_id: int, rules: ProgramRules, at: datetime) -> None:
    """Refuse what `change_program_rules` would refuse, for the page before the button.

    Raises:
        ProgramError: naming the field and what stands against it.
    """
    program = Program.objects.get(pk=program_id)
    programs.check_change(
        before=program_queries.rules_of(program),
        after=rules,
        commitments=commitments_of(program),
        at=at,
    )


def commitments_of(program: Program) -> programs.Commitments:
    """Return what has already happened under a program's rules."""
    span = ledger.payment_span(program.pk)
    return programs.Commitments(
        reserved_points=ledger.reserved_points(program.pk),
        first_payment_at=span.first_at,
        last_payment_at=span.last_at,
        store_municipality_codes=tuple(
            program.enrolments.exclude(status="WITHDRAWN").values_list(
                "store__municipality_code", flat=True
            )
        ),
    )

"""Lists of statements: what narrows them, and their rows for pages and files."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet

from settlement.models import Payout, Statement
from settlement.queries.lines import has_account, is_ready
from settlement.queries.statements import DEAD_PAYOUTS
from settlement.queries.states import State, statement_state


@dataclass(frozen=True, kw_only=True)
class StatementFilter:
    """What narrows a list of statements; an empty value narrows nothing."""

    status: str = ""  # a Statement.Status, a Statement.Hold, "WAITING" or "PAID"
    words: str = ""


@dataclass(frozen=True)
class StatementRow:
    """A statement with the payout that pays it, if there is one."""

    statement: Statement
    payout: Payout | None
    has_account_now: bool

    @property
    def state(self) -> State:
        """How far it has come."""
        return statement_state(self.statement, self.payout, has_account_now=self.has_account_now)


def filtered_statements(
    statements: QuerySet[Statement], chosen: StatementFilter
) -> QuerySet[Statement]:
    """Return the statements that meet every condition, by store code."""
    live = Q(payouts__status__in=[Payout.Status.PENDING, Payout.Status.PAID])
    unpaid = Q(status__in=[Statement.Status.PAYABLE, Statement.Status.HELD])
    if chosen.status == Statement.Hold.NO_ACCOUNT:
        stopped = Q(hold=Statement.Hold.STOPPED)
        statements = statements.filter(unpaid & ~stopped & ~has_account()).exclude(live)
    elif chosen.status == Statement.Hold.STOPPED:
        statements = statements.filter(hold=chosen.status)
    elif chosen.status == "WAITING":
        statements = statements.filter(unpaid & is_ready()).exclude(live)
    elif chosen.status == "PAID":
        statements = statements.filter(payouts__status=Payout.Status.PAID)
    elif chosen.status:
        statements = statements.filter(status=chosen.status)
    for word in chosen.words.split():
        statements = statements.filter(
            Q(store_code__icontains=word)
            | Q(store_name__icontains=word)
            | Q(document_number__icontains=word)
        )
    return statements.order_by("store_code", "period__month")


def with_payouts(statements: QuerySet[Statement]) -> QuerySet[Statement]:
    """Return the statements with their live payouts, those payouts' batches, and whether the
    store has an account now, in two queries."""
    live = Payout.objects.exclude(status__in=DEAD_PAYOUTS).select_related(
        "batch__period", "batch__profile"
    )
    return statements.annotate(has_account_now=has_account()).prefetch_related(
        Prefetch("payouts", queryset=live, to_attr="live_payouts")
    )


def row_of(statement: Statement) -> StatementRow:
    """Return the row of a statement read by `with_payouts`."""
    payouts: list[Payout] = statement.live_payouts  # type: ignore[attr-defined]
    has_account_now: bool = statement.has_account_now  # type: ignore[attr-defined]
    return StatementRow(statement, payouts[0] if payouts else None, has_account_now)


def rows_of(statements: QuerySet[Statement]) -> Iterator[StatementRow]:
    """Yield every row of a list, for a file."""
    for statement in with_payouts(statements).iterator(chunk_size=2_000):
        yield row_of(statement)

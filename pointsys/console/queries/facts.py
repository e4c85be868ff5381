"""The figures of one program at an instant, each read once and only when somebody looks at it."""

from datetime import date, datetime, timedelta
from functools import cached_property

from callcenter import queries as desk
from cards import queries as cards
from consultations import queries as meetings
from ledger import queries as ledger
from ledger.queries import trail
from pointsys.audit import queries as audit
from pointsys.common.clock import jst_date, jst_day_range
from pointsys.console.queries import rooms
from pointsys.console.queries.days import ONE_DAY, Day, days_of
from pointsys.console.queries.viewer import Viewer
from pointsys.notices import queries as notices
from pointsys.programs.models import Program
from pointsys.residents.models import Resident
from pointsys.users.models import Membership, User
from stores import queries as stores

EXPIRY_NOTICE = timedelta(days=30)


class Facts:
    """What tiles, targets and reports say of a program; a figure is read when it is asked for."""

    def __init__(self, *, program: Program, user: Viewer, at: datetime) -> None:
        self.program = program
        self.user = user
        self.at = at

    @cached_property
    def today(self) -> date:
        return jst_date(self.at)

    @cached_property
    def yesterday(self) -> date:
        return self.today - ONE_DAY

    @cached_property
    def begin(self) -> date:
        """The first day on which anything of the program can have happened."""
        starts = min(self.program.grant_starts_at, self.program.usage_starts_at)
        return jst_date(starts) - timedelta(days=366)

    # --- Points ----------------------------------------------------------------------------------
    @cached_property
    def totals(self) -> ledger.ProgramTotals:
        return ledger.program_totals(program_id=self.program.pk, at=self.at)

    @cached_property
    def moves(self) -> trail.Moves:
        """Everything that moved until today."""
        return trail.moves_between(program_id=self.program.pk, first=self.begin, last=self.today)

    @cached_property
    def days(self) -> tuple[Day, ...]:
        return days_of(self.program, self.today)

    @cached_property
    def issued_permille(self) -> int:
        ceiling = self.program.issuance_ceiling_points
        return self.totals.issued * 1000 // ceiling if ceiling else 0

    # --- Stores ----------------------------------------------------------------------------------
    @cached_property
    def stores_by_status(self) -> dict[str, int]:
        return {c.status: c.count for c in stores.enrolment_counts(program_id=self.program.pk)}

    @cached_property
    def waiting_applications(self) -> int:
        found = stores.applications_visible_to(self.user).filter(program=self.program)
        counted = {c.status: c.count for c in stores.application_counts(found)}
        return counted.get("SUBMITTED", 0)

    @cached_property
    def stores_without_account(self) -> int:
        return stores.stores_without_account(program_id=self.program.pk)

    # --- Other rooms -----------------------------------------------------------------------------
    @cached_property
    def vouchers(self) -> rooms.VoucherFigures | None:
        return rooms.voucher_figures(self.program, first=self.begin, last=self.today)

    @cached_property
    def cards(self) -> rooms.CardFigures | None:
        return rooms.card_figures(self.program)

    @cached_property
    def active_terminals(self) -> int:
        return (
            cards.terminals_visible_to(self.user)
            .filter(program=self.program, status="ACTIVE")
            .count()
        )

    # Calls are the client's: many name no program, and the desk's pages count all of them.
    @cached_property
    def calls_yesterday(self) -> rooms.DayCalls:
        """What came in yesterday for the client, as the daily report counts it."""
        return rooms.day_calls(self.program.client_id, self.yesterday)

    @cached_property
    def backlog(self) -> desk.Backlog:
        """What waits of the client's tickets, among those that the reader may see."""
        assert isinstance(self.user, User)
        tickets = desk.tickets_visible_to(self.user).filter(client_id=self.program.client_id)
        return desk.backlog(tickets, at=self.at)

    @cached_property
    def events(self) -> "meetings.EventFigures | None":
        """Meetings from the first to the last day of the program."""
        return rooms.event_figures(self.program, first=self.begin, last=self.today)

    @cached_property
    def next_event(self) -> tuple[datetime, str] | None:
        event = meetings.coming_events(program_id=self.program.pk, at=self.at).first()
        return (event.starts_at, event.venue) if event else None

    # --- People and records ----------------------------------------------------------------------
    @cached_property
    def residents(self) -> int:
        return Resident.objects.filter(client_id=self.program.client_id).count()

    @cached_property
    def staff(self) -> int:
        """People who hold a role for the program's client."""
        found = Membership.objects.filter(
            organization_id=self.program.client_id, user__is_active=True
        )
        return found.values("user_id").distinct().count()

    @cached_property
    def acts_yesterday(self) -> int:
        since, until = jst_day_range(self.yesterday)
        return (
            audit.events_visible_to(self.user)
            .filter(organization_id=self.program.client_id, at__gte=since, at__lt=until)
            .count()
        )

    @cached_property
    def looks_yesterday(self) -> int:
        """How often somebody looked at a person's data."""
        since, until = jst_day_range(self.yesterday)
        return (
            audit.access_records_visible_to(self.user)
            .filter(organization_id=self.program.client_id, at__gte=since, at__lt=until)
            .count()
        )

    @cached_property
    def failed_mails(self) -> int:
        return (
            notices.notices_visible_to(self.user)
            .filter(organization_id=self.program.client_id, status="FAILED")
            .count()
        )

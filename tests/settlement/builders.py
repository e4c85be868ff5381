"""A month of a program with stores, accounts and payments, made by the rooms' own services."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import uuid4

from ledger import queries as ledger_queries
from ledger import services as ledger
from ledger.models import Payment, Wallet
from pointsys.approvals.queries import approvals_of
from pointsys.common.clock import JST
from pointsys.programs.models import Program
from pointsys.users.models import Role, User
from settlement import services
from settlement.models import BankFileProfile, PayoutBatch, Statement, StatementRun
from stores import services as stores
from stores.models import Till
from tests.factories import NOON, StoreFactory, TillFactory, WalletFactory, staff_of
from tests.ledger.builders import give, spend

AUGUST = date(2025, 8, 1)
SEPTEMBER = date(2025, 9, 1)
CLOSING = datetime(2025, 9, 1, 0, 15, tzinfo=JST)
PREPARING = datetime(2025, 9, 11, 16, 42, tzinfo=JST)
APPROVING = datetime(2025, 9, 16, 10, 0, tzinfo=JST)
SUBMITTING = datetime(2025, 9, 16, 11, 0, tzinfo=JST)
PAYMENT_DAY = datetime(2025, 9, 19, 9, 0, tzinfo=JST)
OCTOBER_STARTS = datetime(2025, 10, 1, 0, 15, tzinfo=JST)


@dataclass
class Scene:
    """A program used from August 2025, its finance staff, one resident, and its stores' tills."""

    program: Program
    preparer: User
    approver: User
    wallet: Wallet
    profile: BankFileProfile
    tills: dict[str, Till] = field(default_factory=dict)

    def open_store(self, code: str, *, name: str | None = None, account: bool = True) -> Till:
        """Enrol a store with a till, and by default with an account."""
        store = StoreFactory(
            client=self.program.client, code=code, name=name or f"みなと商店 {code}"
        )
        till = TillFactory(program=self.program, store=store)
        self.tills[code] = till
        if account:
            self.give_account(code)
        return till

    def give_account(
        self, code: str, *, number: str | None = None, kana: str | None = None
    ) -> None:
        """Register the account a store is paid to, or replace it by two: 七十七銀行 石巻支店."""
        details = stores.bank_details(
            bank_code="0125",
            branch_code="404",
            account_type="1",
            account_number=number or f"9{code[-5:]}1",
            holder_kana=kana or f"ミナト シヨウテン {code[-2:]}",
        )
        account = stores.submit_bank_account(
            store_id=self.tills[code].store_id, details=details, by=self.preparer, at=CLOSING
        )
        if not account.is_current:
            stores.decide_account_change(
                approval_id=approvals_of(account).get().pk,
                approve=True,
                typed_number=details.account_number,
                comment="",
                by=self.approver,
                at=CLOSING,
            )

    def pay(self, code: str, points: int, *, at: datetime = NOON) -> Payment:
        """Let the resident pay at a store."""
        return spend(self.wallet, self.tills[code], points, at=at)

    def refund(self, payment: Payment, points: int, *, at: datetime) -> None:
        """Give points of a payment back at the office."""
        plan = ledger_queries.plan_refund(payment_id=payment.pk, points=points, at=at)
        ledger.refund_payment(
            payment_id=payment.pk,
            points=points,
            alive_points=plan.alive_points,
            request_key=uuid4(),
            at=at,
            by=self.preparer,
            as_office=True,
            reason="誤って支払ったため",
        )

    def close(self, month: date = AUGUST, *, at: datetime = CLOSING) -> StatementRun:
        """Close a month and make its statements."""
        return services.close_period(
            program_id=self.program.pk, month=month, by=self.preparer, at=at
        )

    def prepare(self, month: date = AUGUST, *, at: datetime = PREPARING) -> PayoutBatch:
        """Make the month's transfer file."""
        return services.prepare_batch(
            program_id=self.program.pk,
            month=month,
            profile_id=self.profile.pk,
            by=self.preparer,
            at=at,
        )

    def approve(self, batch: PayoutBatch, *, at: datetime = APPROVING) -> PayoutBatch:
        """Approve with the figures of the file."""
        return services.approve_batch(
            batch_id=batch.pk,
            typed_count=batch.payout_count,
            typed_total_yen=batch.total_yen,
            by=self.approver,
            at=at,
        )

    def submit(self, batch: PayoutBatch, *, at: datetime = SUBMITTING) -> PayoutBatch:
        """Take the file and register that it was sent."""
        services.download_file(batch_id=batch.pk, by=self.approver, at=at)
        return services.register_submission(
            batch_id=batch.pk,
            channel="INTERNET",
            bank_receipt_number="R-0001",
            submitted_at=at,
            by=self.approver,
            at=at,
        )

    def settle(self, month: date = AUGUST) -> PayoutBatch:
        """Go the whole way from prepare to paid."""
        batch = self.submit(self.approve(self.prepare(month)))
        return services.record_batch_paid(batch_id=batch.pk, by=self.preparer, at=PAYMENT_DAY)

    def statement(self, code: str, month: date = AUGUST) -> Statement:
        """Return the statement of a store."""
        return Statement.objects.get(
            store_id=self.tills[code].store_id, period__month=month, program=self.program
        )


def build_scene(**program: object) -> Scene:
    """Make a program with finance staff and a resident who holds a million points."""
    facts = {f"program__{name}": value for name, value in program.items()}
    wallet = WalletFactory(
        program__usage_starts_at=datetime(2025, 8, 1, tzinfo=JST),
        program__issuance_ceiling_points=10_000_000,
        **facts,
    )
    give(wallet, 1_000_000)
    client = wallet.program.client
    preparer = staff_of(client, Role.FINANCE_PREPARER, name="髙橋 直子")
    return Scene(
        program=wallet.program,
        preparer=preparer,
        approver=staff_of(client, Role.FINANCE_APPROVER, name="伊藤 健一"),
        wallet=wallet,
        profile=build_profile(client.pk, preparer),
    )


def build_profile(client_id: int, by: User, **rules: object) -> BankFileProfile:
    """Register the account that pays: 七十七銀行 本店."""
    return services.save_profile(
        client_id=client_id,
        name="精算口座",
        consignor_code="0004120001",
        consignor_kana="ミヤギケンポイントジムキヨク",
        account=services.PayerAccount(
            bank_code="0125",
            bank_name="七十七銀行",
            bank_kana="シチジュウシチ",
            branch_code="100",
            branch_name="本店",
            branch_kana="ホンテン",
            account_type="1",
            account_number="9000001",
        ),
        rules=services.ProfileRules(**rules),
        by=by,
        at=CLOSING,
    )

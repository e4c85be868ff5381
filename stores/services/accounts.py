"""Where stores are paid. Numbers are sealed in the row; only `open_bank_account` opens them."""

import base64
import hmac
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from pointsys.approvals import queries as approval_queries
from pointsys.approvals import services as approvals
from pointsys.audit import services as audit
from pointsys.common import banks, sealing
from pointsys.common.zengin import yucho
from pointsys.common.zengin.errors import YuchoRefused, ZenginRefused
from pointsys.common.zengin.kana import FieldClass, narrow
from pointsys.users.models import User
from stores import errors, queries
from stores.models import BankAccount, Store

# Deposit kinds that a transfer may name (zengin: 1 ordinary, 2 current, 4 savings).
ACCOUNT_TYPES: Final = {"1": "普通", "2": "当座", "4": "貯蓄"}
HOLDER_LENGTH: Final = 30  # positions of the payee's name in a transfer record


@dataclass(frozen=True, kw_only=True, slots=True)
class BankDetails:
    """An account as a bank file names it: codes, seven digits, holder in half-width kana."""

    bank_code: str
    branch_code: str
    account_type: str
    account_number: str
    holder_kana: str


def bank_details(
    *,
    bank_code: str,
    branch_code: str,
    account_type: str,
    account_number: str,
    holder_kana: str,
) -> BankDetails:
    """Return checked details from what a person wrote.

    Raises:
        BankDetailsWrong: `field` names the value that cannot be, the message says the remedy.
    """
    if banks.find_bank(bank_code) is None:
        raise _wrong("bank_code", f"銀行コード「{bank_code}」の銀行はありません。")
    if banks.find_branch(bank_code, branch_code) is None:
        raise _wrong("branch_code", f"支店コード「{branch_code}」の支店は、この銀行にありません。")
    if account_type not in ACCOUNT_TYPES:
        raise _wrong("account_type", "預金の種類は、普通・当座・貯蓄からえらんでください。")
    number = account_number.zfill(7) if account_number.isdecimal() else account_number
    if not (len(number) == 7 and number.isascii() and number.isdecimal()) or number == "0000000":
        raise _wrong("account_number", "口座番号は、数字7けた以内で入力してください。")
    return BankDetails(
        bank_code=bank_code,
        branch_code=branch_code,
        account_type=account_type,
        account_number=number,
        holder_kana=narrowed_holder(holder_kana),
    )


def yucho_details(*, symbol: str, number: str, holder_kana: str) -> BankDetails:
    """Return checked details from the symbol (記号) and number (番号) of a ゆうちょ passbook.

    Raises:
        BankDetailsWrong: `field` is symbol, number or holder_kana.
    """
    try:
        account = yucho.transfer_account(symbol, number)
    except YuchoRefused as refusal:
        raise _wrong(refusal.field, str(refusal)) from refusal
    return BankDetails(
        bank_code=account.bank_code,
        branch_code=account.branch_code,
        account_type=account.account_type,
        account_number=account.account_number,
        holder_kana=narrowed_holder(holder_kana),
    )


def narrowed_holder(holder_kana: str) -> str:
    """Return the holder's name as bank files carry it.

    Raises:
        BankDetailsWrong: names the character that banks do not take, and the remedy.
    """
    if not holder_kana.strip():
        raise _wrong("holder_kana", "口座名義カナを入力してください。")
    try:
        return narrow(holder_kana, FieldClass.PARTY, HOLDER_LENGTH)
    except ZenginRefused as refusal:
        raise _wrong("holder_kana", str(refusal)) from refusal


def fingerprint_of(details: BankDetails) -> str:
    """Return a keyed digest of the account (not of its holder): equal for the same account."""
    account = ":".join(
        (details.bank_code, details.branch_code, details.account_type, details.account_number)
    )
    # The oldest key: it stays until every row is sealed anew, and then digests are made anew too.
    key = base64.b64decode(settings.FIELD_ENCRYPTION_KEYS[-1])
    purpose = hmac.new(key, b"stores.bank_account.fingerprint", sha256).digest()
    return hmac.new(purpose, account.encode(), sha256).hexdigest()


@transaction.atomic
def register_bank_account(
    *, store_id: int, details: BankDetails, by: User | None, at: datetime
) -> BankAccount:
    """Make this the first account a store is paid to.

    Pages use `submit_bank_account`, which asks a second person when an account is replaced.

    Raises:
        AccountUnchanged: it is the current account, with the same holder.
        ChangeNeedsAsker: the store has another account; nobody replaces one alone.
    """
    store = _locked_store(store_id)
    _check_changes(store, details)
    if queries.current_account(store_id):
        raise errors.ChangeNeedsAsker
    account = _sealed(store, details, by=by, at=at)
    _use(account, store=store, code="stores.bank_account.registered", by=by, at=at)
    return account


@transaction.atomic
def submit_bank_account(
    *, store_id: int, details: BankDetails, by: User, at: datetime
) -> BankAccount:
    """Register a store's first account, or ask a second person to let a new one replace the old.

    The returned row `is_current` only when it is in use at once.

    Raises:
        AccountUnchanged: it is the current account already.
        ChangeWaits: another change of this store waits for its second person.
    """
    store = _locked_store(store_id)
    _check_changes(store, details)
    if queries.pending_account_change(store):
        raise errors.ChangeWaits
    account = _sealed(store, details, by=by, at=at)
    if queries.current_account(store_id) is None:
        _use(account, store=store, code="stores.bank_account.registered", by=by, at=at)
        return account
    account.save()
    approvals.ask(
        organization_id=store.client_id,
        kind=queries.ACCOUNT_CHANGE,
        subject=account,
        digest=_digest(account),
        title=f"振込口座の変更　{store.code} {store.name}"[:200],
        by=by,
        at=at,
    )
    return account


@transaction.atomic
def decide_account_change(
    *,
    approval_id: int,
    approve: bool,
    typed_number: str = "",
    comment: str,
    by: User,
    at: datetime,
) -> BankAccount:
    """Let another person's new account replace the old one, or send it back with a reason.

    Who approves types the number from the paper, which is never shown to them here.

    Raises:
        NumberDiffers: what was typed is not the number that was registered.
        SamePersonApproval, AlreadyDecided, ChangedSinceAsked, ReasonRequired: see approvals.
        ChangeIsGone: nobody asks for this change any more.
    """
    approval = (
        approval_queries.pending_about(
            kind=queries.ACCOUNT_CHANGE, subjects=BankAccount.objects.all()
        )
        .filter(pk=approval_id)
        .first()
    )
    if approval is None:
        raise errors.ChangeIsGone
    account = BankAccount.objects.get(pk=approval.subject_id)
    store = _locked_store(account.store_id)
    approvals.decide(
        approval_id=approval_id,
        approve=approve,
        digest=_digest(account),
        by=by,
        at=at,
        comment=comment,
    )
    if approve:
        number = open_bank_account(account)["account_number"]
        if not hmac.compare_digest(typed_number.zfill(7).encode(), number.encode()):
            raise errors.NumberDiffers
        _use(account, store=store, code="stores.bank_account.changed", by=by, at=at)
    return account


def open_bank_account(bank_account: BankAccount) -> dict[str, Any]:
    """Return bank_code, branch_code, account_type, account_number and holder_kana in the clear.

    The one place where an account is opened; callers never log or show the result.
    """
    return sealing.unseal_json(
        bytes(bank_account.details_sealed), context=_context(bank_account.uuid)
    )


def _locked_store(store_id: int) -> Store:
    return Store.objects.select_for_update(no_key=True, of=("self",)).get(pk=store_id)


def _check_changes(store: Store, details: BankDetails) -> None:
    current = queries.current_account(store.pk)
    if current and open_bank_account(current) == asdict(details):
        raise errors.AccountUnchanged


def _sealed(store: Store, details: BankDetails, *, by: User | None, at: datetime) -> BankAccount:
    bank = banks.find_bank(details.bank_code)
    branch = banks.find_branch(details.bank_code, details.branch_code)
    uuid = uuid4()
    return BankAccount(
        store=store,
        uuid=uuid,
        details_sealed=sealing.seal_json(asdict(details), context=_context(uuid)),
        fingerprint=fingerprint_of(details),
        bank_name=bank.name if bank else details.bank_code,
        branch_name=branch.name if branch else details.branch_code,
        number_tail=details.account_number[-3:],
        is_current=False,
        registered_at=at,
        registered_by=by,
    )


def _use(account: BankAccount, *, store: Store, code: str, by: User | None, at: datetime) -> None:
    replaced = BankAccount.objects.filter(store=store, is_current=True).exclude(pk=account.pk)
    replaced_ids = list(replaced.values_list("pk", flat=True))
    replaced.update(is_current=False)
    account.is_current = True
    account.save()
    audit.record(
        code=code,
        target=account,
        organization_id=store.client_id,
        by=by,
        at=at,
        changes={"store": store.pk, "replaces": replaced_ids},
    )


def _digest(account: BankAccount) -> str:
    """Return what an approval is bound to: the sealed bytes, so that nothing can be swapped."""
    return sha256(account.uuid.bytes + bytes(account.details_sealed)).hexdigest()


def _context(uuid: UUID) -> str:
    return f"stores.bank_account:{uuid}"


def _wrong(field: str, reason: str) -> errors.BankDetailsWrong:
    return errors.BankDetailsWrong(field=field, reason=reason)

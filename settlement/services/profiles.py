from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from pointsys.audit import services as audit
from pointsys.common import sealing
from pointsys.users.models import User
from settlement import queries
from settlement.errors import ProfileInUse, ProfileNameTaken
from settlement.models import BankFileProfile


@dataclass(frozen=True, kw_only=True)
class PayerAccount:
    """The account stores are paid from; `kana` names are as the bank writes them."""

    bank_code: str
    bank_name: str
    bank_kana: str
    branch_code: str
    branch_name: str
    branch_kana: str
    account_type: str
    account_number: str


@dataclass(frozen=True, kw_only=True)
class ProfileRules:
    """How a bank wants its files; the defaults are the bankers' association's sheet."""

    separator: str = "CRLF"
    separator_after_last: bool = True
    ends_with_eof: bool = False
    clearing_house: str = "0000"
    transfer_category: str = "7"
    writes_bank_names: bool = True
    customer_codes_as_text: bool = False
    reference: str = "CODES"
    max_payments: int = 9_999
    is_active: bool = True


@transaction.atomic
def save_profile(
    *,
    client_id: int,
    name: str,
    consignor_code: str,
    consignor_kana: str,
    account: PayerAccount | None,
    by: User,
    at: datetime,
    rules: ProfileRules | None = None,
    profile_id: int | None = None,
) -> BankFileProfile:
    """Register, or with `profile_id` change, the account and file rules a client pays with.

    `account` None keeps the account of a profile that exists.

    Raises:
        ProfileInUse: a file made with it is on its way to the bank.
        ProfileNameTaken: the client has another profile of this name.
    """
    profile = _profile_to_change(profile_id, client_id)
    taken = BankFileProfile.objects.filter(client_id=client_id, name=name).exclude(pk=profile.pk)
    if taken.exists():
        raise ProfileNameTaken
    changed = asdict(rules or ProfileRules()) | {
        "name": name,
        "consignor_code": consignor_code,
        "consignor_kana": consignor_kana,
    }
    if account:
        changed |= _account_columns(profile, account)
    for column, value in changed.items():
        setattr(profile, column, value)
    is_new = profile._state.adding
    profile.save()
    changed.pop("account_sealed", None)
    audit.record(
        code="settlement.profile.registered" if is_new else "settlement.profile.changed",
        target=profile,
        organization_id=client_id,
        by=by,
        at=at,
        changes=changed,
    )
    return profile


def _profile_to_change(profile_id: int | None, client_id: int) -> BankFileProfile:
    if profile_id is None:
        return BankFileProfile(client_id=client_id)
    profile = BankFileProfile.objects.select_for_update(no_key=True, of=("self",)).get(
        pk=profile_id, client_id=client_id
    )
    batch = queries.batch_in_the_making(profile_id=profile_id)
    if batch:
        raise ProfileInUse(number=batch.number)
    return profile


def _account_columns(profile: BankFileProfile, account: PayerAccount) -> dict[str, object]:
    columns: dict[str, object] = asdict(account)
    number = columns.pop("account_number")
    assert isinstance(number, str)
    sealed = sealing.seal_json({"account_number": number}, context=profile.seal_context)
    return columns | {"account_sealed": sealed, "number_tail": number[-3:]}

from stores.services.accounts import (
    ACCOUNT_TYPES,
    BankDetails,
    bank_details,
    decide_account_change,
    open_bank_account,
    register_bank_account,
    submit_bank_account,
    yucho_details,
)
from stores.services.decisions import (
    BulkApproval,
    approve_application,
    approve_applications,
    decide_merge_proposal,
    reject_application,
)
from stores.services.enrolments import resume_enrolment, suspend_enrolment, withdraw_enrolment
from stores.services.staff import (
    change_contact,
    issue_store_account,
    reissue_password,
    remove_store_staff,
)
from stores.services.tills import issue_missing_tills, issue_till, revoke_till

__all__ = [
    "ACCOUNT_TYPES",
    "BankDetails",
    "BulkApproval",
    "approve_application",
    "approve_applications",
    "bank_details",
    "change_contact",
    "decide_account_change",
    "decide_merge_proposal",
    "issue_missing_tills",
    "issue_store_account",
    "issue_till",
    "open_bank_account",
    "register_bank_account",
    "reissue_password",
    "reject_application",
    "remove_store_staff",
    "resume_enrolment",
    "revoke_till",
    "submit_bank_account",
    "suspend_enrolment",
    "withdraw_enrolment",
    "yucho_details",
]

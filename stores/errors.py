from typing import Final

from pointsys.common.errors import DomainError

# The label of the tick on the page of an application; the refusal names it.
OUTSIDE_AREA_SEEN: Final = "対象地域の外かもしれないことを確認しました"


class StoreError(DomainError):
    """A rule about stores refuses the act; nothing was changed."""

    field = ""


# --- Applications ----------------------------------------------------------------------------
class ReasonMissing(StoreError):
    code = "stores.reason_missing"
    field = "reason"
    message = "理由を入力してください"


class AlreadyDecided(StoreError):
    code = "stores.already_decided"
    message = "「{name}」の申込は、すでに決定されています（{status}）。画面を開き直してください。"


class MergeUndecided(StoreError):
    code = "stores.merge_undecided"
    message = (
        "「{name}」には、同じ店かもしれない申込か加盟店が{count}件あります。"
        "先に「同じ店」か「別の店」かを決めてください。"
    )


class WaitsForOther(StoreError):
    code = "stores.waits_for_other"
    message = (
        "「{name}」は、審査待ちの申込「{other}」と同じ店です。"
        "「{other}」を承認すると、いっしょに統合されます。"
    )


class OutsideArea(StoreError):
    code = "stores.outside_area"
    field = "accept_outside_area"
    message = (
        "「{name}」は、事業の対象地域の外かもしれません。"
        f"所在地を確かめ、申込の「{OUTSIDE_AREA_SEEN}」にしるしを付けてから承認してください。"
    )


class OtherWasRejected(StoreError):
    code = "stores.other_was_rejected"
    message = (
        "「{other}」は不承認になっています。統合先がありません。"
        "「別の店」をえらんで審査してください。"
    )


class MergeCircle(StoreError):
    code = "stores.merge_circle"
    message = (
        "「{other}」は、この申込と同じ店としてすでに決定を待っています。"
        "どちらかを「別の店」にするか、「{name}」を先に承認してください。"
    )


class StoreCodesExhausted(StoreError):
    code = "stores.codes_exhausted"
    message = "店舗コードの番号が足りません。システム管理者に連絡してください。"


# --- Enrolments and tills --------------------------------------------------------------------
class NotEnrolled(StoreError):
    code = "stores.not_enrolled"
    message = "このお店は、この事業に参加していません。"


class EnrolmentInOtherState(StoreError):
    code = "stores.enrolment_in_other_state"
    message = "このお店の参加の状態は「{status}」です。{act}できません。画面を開き直してください。"


class TillAlreadyRevoked(StoreError):
    code = "stores.till_already_revoked"
    message = "このQRは、すでに失効しています。"


class SigningKeyMissing(StoreError):
    code = "stores.signing_key_missing"
    message = (
        "このQRに署名した鍵「{key_id}」は使われなくなっています。"
        "QRを失効させて、新しいQRを発行してください。"
    )


class NoTills(StoreError):
    code = "stores.no_tills"
    message = "えらんだお店に、使えるQRがありません。先にQRを発行してください。"


# --- Bank accounts ---------------------------------------------------------------------------
class BankDetailsWrong(StoreError):
    """One field of a bank account is impossible; `field` names it."""

    code = "stores.bank_details_wrong"
    message = "{reason}"

    def __init__(self, *, field: str, reason: str) -> None:
        self.field = field
        super().__init__(reason=reason)


class AccountUnchanged(StoreError):
    code = "stores.account_unchanged"
    message = "いま登録されている口座と同じです。変更はありません。"


class ChangeWaits(StoreError):
    code = "stores.change_waits"
    message = "このお店には、承認待ちの口座の変更があります。先に承認するか、差し戻してください。"


class NumberDiffers(StoreError):
    code = "stores.number_differs"
    field = "typed_number"
    message = "登録された口座番号と違います。通帳の写しを見て、もう一度入力してください。"


class ChangeIsGone(StoreError):
    code = "stores.change_is_gone"
    message = "この口座の変更は、すでに決定されています。画面を開き直してください。"


# --- People ----------------------------------------------------------------------------------
class StaffIsGone(StoreError):
    code = "stores.staff_is_gone"
    message = "この利用者は、すでに外されています。"


# --- Lists of accounts -----------------------------------------------------------------------
class NotAnAccountList(StoreError):
    code = "stores.not_an_account_list"
    message = (
        "口座の一覧として読めません。1行目に「店舗コード」「口座名義カナ」と、"
        "「銀行コード」「支店コード」「預金種目」「口座番号」か、「記号」「番号」の列が要ります。"
    )


class ChangeNeedsAsker(StoreError):
    code = "stores.change_needs_asker"
    message = (
        "登録済みの口座の変更には、2人目の承認が要ります。"
        "だれが求めるかを「--by ログインID」で指定してください。"
    )

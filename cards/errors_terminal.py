"""Refusals at a terminal: what the clerk reads aloud, in plain words."""

from pointsys.common.errors import DomainError


class TerminalError(DomainError):
    """A refusal at a terminal; no points have moved."""

    code = "cards.terminal_refused"


# --- Which terminal this is ------------------------------------------------------------------
class NotSigned(TerminalError):
    code = "cards.terminal_not_signed"
    message = "この端末は登録されていません。事務局に登録コードをおたずねください。"


class ClockDiffers(TerminalError):
    code = "cards.terminal_clock_differs"
    message = "端末の時計が合っていません。もう一度お試しください。"


class RequestReplayed(TerminalError):
    code = "cards.terminal_request_replayed"
    message = "同じ通信が2回届きました。結果を確認しています。"


class TerminalRevoked(TerminalError):
    code = "cards.terminal_revoked"
    message = "この端末は、事務局が使えなくしました。事務局へお電話ください。"


# --- Enrolling and keeping terminals ---------------------------------------------------------
class CodeMistyped(TerminalError):
    code = "cards.enrol_code_mistyped"
    message = "登録コードは、数字12けたです。数字が合っているか確かめてください。"


class CodeUnknown(TerminalError):
    code = "cards.enrol_code_unknown"
    message = (
        "この登録コードは使えません。登録コードは1回だけ使えます。"
        "事務局に新しい登録コードをおたずねください。"
    )


class CodeExpired(TerminalError):
    code = "cards.enrol_code_expired"
    message = "登録コードの期限（10分）を過ぎました。事務局に新しい登録コードをおたずねください。"


class TooManyGuesses(TerminalError):
    code = "cards.enrol_too_many_guesses"
    message = "登録コードのまちがいが続いています。15分たってから、もう一度お試しください。"


class KeyUnusable(TerminalError):
    code = "cards.terminal_key_unusable"
    message = "端末の鍵を受け取れませんでした。画面を開き直して、もう一度お試しください。"


class NotThisStoresTill(TerminalError):
    code = "cards.terminal_not_this_stores_till"
    message = "このお店で使っているレジを選んでください。"


class StoreNotInProgram(TerminalError):
    code = "cards.terminal_store_not_in_program"
    message = "事業に参加しているお店だけが、端末を使えます。"


class NameTaken(TerminalError):
    code = "cards.terminal_name_taken"
    message = "このお店には、「{name}」という名称の端末がすでにあります。別の名称にしてください。"


class NameMissing(TerminalError):
    code = "cards.terminal_name_missing"
    message = "端末の名称を入力してください。"


class ReasonMissing(TerminalError):
    code = "cards.terminal_reason_missing"
    message = "使えなくする理由を入力してください。"


class AlreadyRevoked(TerminalError):
    code = "cards.terminal_already_revoked"
    message = "この端末は、すでに使えなくなっています。"


class AlreadyEnrolled(TerminalError):
    code = "cards.terminal_already_enrolled"
    message = "この端末は、すでに登録が終わっています。"


# --- The store and its till ------------------------------------------------------------------
class StoreStopped(TerminalError):
    code = "cards.store_stopped"
    message = "このお店では、いまポイントのお取り扱いを止めています。事務局へお電話ください。"


class TillStopped(TerminalError):
    code = "cards.till_stopped"
    message = "この端末のレジは使えなくなっています。事務局へお電話ください。"


# --- The card --------------------------------------------------------------------------------
class NumberMistyped(TerminalError):
    code = "cards.number_mistyped"
    message = "カード番号がちがいます。カードの表の数字16けたを、もう一度確かめてください。"


class CardUnknown(TerminalError):
    code = "cards.card_unknown"
    message = "このカードは登録されていません。ポイントカードかどうか、確かめてください。"


class CardOfOtherProgram(TerminalError):
    code = "cards.card_of_other_program"
    message = "ほかの事業のカードです。この端末では使えません。"


class CardNotIssued(TerminalError):
    code = "cards.card_not_issued"
    message = "まだお渡しの手続きをしていないカードです。カードの窓口で手続きをしてください。"


class CardBlocked(TerminalError):
    code = "cards.card_blocked"
    message = "利用を止めているカードです。ポイントは残っています。事務局へお電話ください。"


class CardReplaced(TerminalError):
    code = "cards.card_replaced"
    message = "新しいカードに交換済みです。新しいカードをかざしてください。"


class CardRetired(TerminalError):
    code = "cards.card_retired"
    message = "使い終わったカードです。事務局へお電話ください。"


class WalletStopped(TerminalError):
    code = "cards.wallet_stopped"
    message = "お客様のポイントは、いま利用を止めています。事務局へお電話ください。"


# --- Saving up -------------------------------------------------------------------------------
class NothingToEarn(TerminalError):
    code = "cards.nothing_to_earn"
    message = "いま、このお店でためられるポイントはありません。"


class EarnClosed(TerminalError):
    code = "cards.earn_closed"
    message = "「{name}」は、いま受け付けていません。事務局へお電話ください。"


# --- Spending --------------------------------------------------------------------------------
class NumberPaysNot(TerminalError):
    """The face number was typed: it identifies, and anybody may have read it (ADR 0022)."""

    code = "cards.number_pays_not"
    message = (
        "カード番号の入力では、お支払いはできません。"
        "カードをかざすか、カードのQRコードを読み取ってください。"
    )


class AboveUseLimit(TerminalError):
    code = "cards.above_use_limit"
    message = "カードで1回に使えるのは{limit_points:,}ポイントまでです。"


class AboveDayLimit(TerminalError):
    code = "cards.above_day_limit"
    message = (
        "カードで1日に使えるのは{limit_points:,}ポイントまでです。"
        "きょうは、あと{left_points:,}ポイント使えます。"
    )


class DayLimitReached(TerminalError):
    code = "cards.day_limit_reached"
    message = (
        "カードで1日に使えるのは{limit_points:,}ポイントまでです。"
        "きょうは、もう使えません。あすからまた使えます。"
    )


class NotEnoughPoints(TerminalError):
    code = "cards.not_enough_points"
    message = "残高が{short_points:,}ポイント足りません。"


class UsageClosed(TerminalError):
    code = "cards.usage_closed"
    message = "{reason}"


class AlreadyDecided(TerminalError):
    code = "cards.request_already_decided"
    message = "この操作は取りやめになっています。もう一度はじめからやり直してください。"


# --- Giving back -----------------------------------------------------------------------------
class PaymentUnknown(TerminalError):
    code = "cards.payment_unknown"
    message = (
        "この受付番号のお支払いは、見つかりませんでした。"
        "このお店でカードを使ったお支払いだけを取り消せます。"
    )


class AlreadyCancelled(TerminalError):
    code = "cards.payment_already_cancelled"
    message = "このお支払いは、すでに取り消されています。"

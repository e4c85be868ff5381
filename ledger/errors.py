from pointsys.common.errors import DomainError


class LedgerError(DomainError):
    """A refusal of the ledger; no points have moved."""


class InsufficientPoints(LedgerError):
    code = "ledger.insufficient_points"
    message = "ポイントが足りません。いま使えるのは{usable_points:,}ポイントです。"


class PointsExpired(LedgerError):
    code = "ledger.points_expired"
    message = (
        "使える期限を過ぎたポイントが{lapsed_points:,}ポイントあります。"
        "いま使えるのは{usable_points:,}ポイントです。"
    )


class WrongProgram(LedgerError):
    code = "ledger.wrong_program"
    message = "このお店では、お持ちのポイントは使えません。"


class StoreNotActive(LedgerError):
    code = "ledger.store_not_active"
    message = "このお店では、いまポイントが使えません。"


class TillRevoked(LedgerError):
    code = "ledger.till_revoked"
    message = "このQRコードは使えなくなっています。お店の方に新しいQRコードをおたずねください。"


class WalletNotActive(LedgerError):
    code = "ledger.wallet_not_active"
    message = "お客様のポイントは、いま利用を止めています。"


class ProgramNotOpen(LedgerError):
    code = "ledger.program_not_open"
    message = "この事業では、いまポイントを使えません。"


class UsageNotStarted(LedgerError):
    code = "ledger.usage_not_started"
    message = "ポイントを使える期間は、まだ始まっていません。"


class UsageEnded(LedgerError):
    code = "ledger.usage_ended"
    message = "ポイントを使える期間は終わりました。"


class AboveLimit(LedgerError):
    code = "ledger.above_limit"
    message = "1回に使えるのは{limit_points:,}ポイントまでです。"


class IdempotencyConflict(LedgerError):
    code = "ledger.idempotency_conflict"
    message = "同じ操作が違う内容で届きました。もう一度はじめからやり直してください。"


class KeyBurned(LedgerError):
    code = "ledger.key_burned"
    message = (
        "この支払いは取りやめになっています。ポイントは減っていません。"
        "もう一度はじめからやり直してください。"
    )


class NothingToRefund(LedgerError):
    code = "ledger.nothing_to_refund"
    message = "返金できるのは、あと{left_points:,}ポイントまでです。"


class DestinationChanged(LedgerError):
    code = "ledger.destination_changed"
    message = (
        "返金先が変わりました。使えるポイントとして戻るのは{alive_points:,}ポイントです。"
        "内容を確かめて、もう一度操作してください。"
    )


class OfficeOnly(LedgerError):
    code = "ledger.office_only"
    message = "締めが終わった月の支払いは、お店では取り消せません。事務局へご連絡ください。"


class ApprovalRequired(LedgerError):
    code = "ledger.approval_required"
    message = (
        "{limit_points:,}ポイントを超える返金には、別の担当者の承認が必要です。"
        "事務局へご連絡ください。"
    )


class CeilingExceeded(LedgerError):
    code = "ledger.ceiling_exceeded"
    message = "発行予定数を超えます。あと{left_points:,}ポイントまで確保できます。"


class RoundExhausted(LedgerError):
    code = "ledger.round_exhausted"
    message = "この付与回で確保した数を超えます。あと{left_points:,}ポイントまで付与できます。"


class RoundNotApproved(LedgerError):
    code = "ledger.round_not_approved"
    message = "この付与回は、まだ付与できる状態ではありません。"


class RoundDiffers(LedgerError):
    code = "ledger.round_differs"
    message = (
        "付与回「{name}」は、別の内容（{reserved_points:,}ポイント）ですでにあります。"
        "続きでなければ、別の名称を付けてください。"
    )


class WrongGrantList(LedgerError):
    code = "ledger.wrong_grant_list"
    message = "名簿の1行目に「アプリのID」と「ポイント」の見出しが見つかりません。"


class OutsideGrantPeriod(LedgerError):
    code = "ledger.outside_grant_period"
    message = "付与できる期間ではありません。事業の設定の「付与の期間」を確かめてください。"


class MonthNotOver(LedgerError):
    code = "ledger.month_not_over"
    message = "{month:%Y年%-m月}は、まだ終わっていません。翌月の1日から締められます。"


class EarlierMonthOpen(LedgerError):
    code = "ledger.earlier_month_open"
    message = "先に{month:%Y年%-m月}を締めてください。"


class AlreadyClosed(LedgerError):
    code = "ledger.already_closed"
    message = "{month:%Y年%-m月}は、すでに締めています。"


class CloseBusy(LedgerError):
    code = "ledger.close_busy"
    message = (
        "支払いの処理が続いているため、締められませんでした。"
        "1分ほど待って、もう一度操作してください。"
    )

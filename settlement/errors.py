from pointsys.common.errors import DomainError


class SettlementError(DomainError):
    """A refusal of settlement; nothing was written."""


class EarlierStatementsMissing(SettlementError):
    code = "settlement.earlier_statements_missing"
    message = "先に{month:%Y年%-m月}分の支払明細を作ってください。"


class NotClosed(SettlementError):
    code = "settlement.not_closed"
    message = "{month:%Y年%-m月}分は、まだ締めていません。先に締めてください。"


class LedgerDiffers(SettlementError):
    code = "settlement.ledger_differs"
    message = (
        "支払明細の合計が台帳と{difference_yen:,}円ちがいます。何も作っていません。"
        "システム担当へ連絡してください。"
    )


class ProfileOfAnotherClient(SettlementError):
    code = "settlement.profile_of_another_client"
    message = "この事業では、えらんだ振込データの設定を使えません。設定をえらび直してください。"


class ProfileNotActive(SettlementError):
    code = "settlement.profile_not_active"
    message = "振込データの設定「{name}」は、使用を終えています。別の設定をえらんでください。"


class ProfileInUse(SettlementError):
    code = "settlement.profile_in_use"
    message = (
        "この設定の振込データ {number} が、まだ銀行へ送られていません。"
        "送るか、差し戻してから設定を直してください。"
    )


class ProfileNameTaken(SettlementError):
    code = "settlement.profile_name_taken"
    message = "同じ名称の設定があります。別の名称にしてください。"


class NothingToPay(SettlementError):
    code = "settlement.nothing_to_pay"
    message = "振り込む支払明細がありません。保留と繰越、ほかの振込データを確かめてください。"


class BatchInTheMaking(SettlementError):
    code = "settlement.batch_in_the_making"
    message = (
        "振込データ {number} が「{status}」です。"
        "銀行へ送るか、差し戻してから、新しいデータを作ってください。"
    )


class TooManyPayouts(SettlementError):
    code = "settlement.too_many_payouts"
    message = (
        "振込が{count:,}件あります。1つのデータに入るのは{limit:,}件までです。"
        "支払明細を保留にして、2回に分けてください。"
    )


class PayeesRefused(SettlementError):
    code = "settlement.payees_refused"
    message = (
        "銀行のデータに書けない振込先があります。{first}{more}"
        "お店の振込口座を直してから、もう一度作ってください。"
    )


class FileRefused(SettlementError):
    code = "settlement.file_refused"
    message = "銀行のデータを作れません。{reason}"


class FileDiffers(SettlementError):
    code = "settlement.file_differs"
    message = (
        "保管しているデータが、作成したときの指紋（SHA-256）と一致しません。"
        "何もしていません。システム担当へ連絡してください。"
    )


class AccountsChanged(SettlementError):
    code = "settlement.accounts_changed"
    message = (
        "データを作ったあとで、振込口座が変わったお店があります（{stores}）。"
        "差し戻して、データを作り直してください。"
    )


class PaymentDatePassed(SettlementError):
    code = "settlement.payment_date_passed"
    message = (
        "振込日（{payment_date:%Y年%-m月%-d日}）になりました。このデータは、もう使えません。"
        "差し戻して、新しい振込日でデータを作り直してください。"
    )


class ControlTotalsDiffer(SettlementError):
    code = "settlement.control_totals_differ"
    message = (
        "台帳、支払明細、振込、データの合計が一致しません。承認していません。"
        "作成者に、データの作り直しを依頼してください。"
    )


class WrongStatus(SettlementError):
    code = "settlement.wrong_status"
    message = "振込データ {number} は「{status}」です。この操作はできません。"


class TypedCountDiffers(SettlementError):
    code = "settlement.typed_count_differs"
    message = (
        "件数がデータと一致しません（入力 {typed:,}件、差 {difference:,}件）。"
        "決裁書の数字をもう一度確かめてください。"
    )


class TypedTotalDiffers(SettlementError):
    code = "settlement.typed_total_differs"
    message = (
        "合計金額がデータと一致しません（入力 {typed:,}円、差 {difference:,}円）。"
        "決裁書の数字をもう一度確かめてください。"
    )


class NotApproved(SettlementError):
    code = "settlement.not_approved"
    message = "振込データ {number} は「{status}」です。承認が済むまで取得できません。"


class AlreadyDownloaded(SettlementError):
    code = "settlement.already_downloaded"
    message = (
        "振込データ {number} は、承認のあとで取得されています。"
        "銀行へ送られているかもしれないため、差し戻せません。"
    )


class AlreadySubmitted(SettlementError):
    code = "settlement.already_submitted"
    message = (
        "振込データ {number} は、{submitted_at}に送信済みです。"
        "同じデータをもう一度送ることはできません。"
    )


class NotDownloaded(SettlementError):
    code = "settlement.not_downloaded"
    message = "振込データ {number} は、まだ一度も取得されていません。先に取得してください。"


class PaidBeforePaymentDate(SettlementError):
    code = "settlement.paid_before_payment_date"
    message = "振込日は{payment_date:%-m月%-d日}です。振込済の記録は、その日から行えます。"


class StatementHasPayout(SettlementError):
    code = "settlement.statement_has_payout"
    message = "支払明細 {number} は、振込データ {batch} に入っています。先に差し戻してください。"


class CannotHold(SettlementError):
    code = "settlement.cannot_hold"
    message = "支払明細 {number} は「{status}」です。保留にできません。"


class NotHeld(SettlementError):
    code = "settlement.not_held"
    message = "支払明細 {number} は、支払停止になっていません。"

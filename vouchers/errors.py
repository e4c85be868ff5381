from pointsys.common.errors import DomainError


class VoucherError(DomainError):
    """A refusal of the sale of vouchers; nothing was written."""


# --- Setting up -------------------------------------------------------------------------------
class CampaignExists(VoucherError):
    code = "vouchers.campaign_exists"
    message = "この事業の商品券は、もう設定されています。設定を直す画面を開いてください。"


class CampaignStarted(VoucherError):
    code = "vouchers.campaign_started"
    message = "受付や販売が始まった回があるため、価格と上限は変えられません。"


class ValueBelowPrice(VoucherError):
    code = "vouchers.value_below_price"
    message = "1セットで使える額は、1セットの価格以上にしてください。"


class RoundStarted(VoucherError):
    code = "vouchers.round_started"
    message = "第{number}回は「{status}」です。設定を変えられるのは、準備中のあいだだけです。"


class SaleStarted(VoucherError):
    code = "vouchers.sale_started"
    message = "第{number}回は「{status}」です。購入の期間を変えられるのは、販売が始まる前だけです。"


class PeriodOutOfOrder(VoucherError):
    code = "vouchers.period_out_of_order"
    message = "{earlier}は、{later}より前の日時にしてください。"


class ApplicationPeriodMissing(VoucherError):
    code = "vouchers.application_period_missing"
    message = "抽選の回は、申込の開始と終了を入力してください。"


class PurchaseOutsideProgram(VoucherError):
    code = "vouchers.purchase_outside_program"
    message = "購入の期間は、事業の付与の期間（{starts}から{ends}）の中にしてください。"


class DepositsAfterGrants(VoucherError):
    code = "vouchers.deposits_after_grants"
    message = (
        "購入の終了は、{ends}までにしてください。"
        "払込票の入金データは{days}日後までに届き、それから残高に入れます。"
        "その日も、事業の付与の期間の中でなければなりません。"
    )


class NotPreparing(VoucherError):
    code = "vouchers.not_preparing"
    message = "第{number}回は「{status}」です。始められるのは、準備中の回だけです。"


class ApplicationPeriodOver(VoucherError):
    code = "vouchers.application_period_over"
    message = "第{number}回は、申込の終了の日時を過ぎています。期間を直してから始めてください。"


class PurchasePeriodOver(VoucherError):
    code = "vouchers.purchase_period_over"
    message = "第{number}回は、購入の終了の日時を過ぎています。期間を直してから始めてください。"


class NotALottery(VoucherError):
    code = "vouchers.not_a_lottery"
    message = "第{number}回は先着順です。抽選の申込はありません。"


class NotFirstCome(VoucherError):
    code = "vouchers.not_first_come"
    message = "第{number}回は抽選です。販売は、抽選の結果が承認されると始まります。"


# --- Applying ---------------------------------------------------------------------------------
class NotTakingApplications(VoucherError):
    code = "vouchers.not_taking_applications"
    message = "いまは、申し込みを受け付けていません。申し込みの期間を確かめてください。"


class AlreadyApplied(VoucherError):
    code = "vouchers.already_applied"
    message = "この回には、もう申し込んでいます（申込番号 {number}）。申し込みは、お一人1回です。"


class TooManySets(VoucherError):
    code = "vouchers.too_many_sets"
    message = "申し込めるのは、1セットから{limit}セットまでです。"


class NotAResidentOfTheClient(VoucherError):
    code = "vouchers.not_a_resident_of_the_client"
    message = "この商品券には申し込めません。"


class CannotWithdraw(VoucherError):
    code = "vouchers.cannot_withdraw"
    message = "申し込みを取り下げられるのは、申し込みの期間のあいだだけです。"


class CannotSendAgain(VoucherError):
    code = "vouchers.cannot_send_again"
    message = "書類を送り直せるのは、確認できなかった申し込みを、申し込みの期間に直すときだけです。"


# --- Pictures ---------------------------------------------------------------------------------
class PictureRefused(VoucherError):
    """The file cannot be taken as a picture of a document."""


class PictureIsHeic(PictureRefused):
    code = "vouchers.picture_is_heic"
    message = (
        "この写真の形式（HEIC）は読み取れません。"
        "写真の画面を撮影したもの（スクリーンショット）か、JPEGの写真をえらんでください。"
    )


class PictureIsPdf(PictureRefused):
    code = "vouchers.picture_is_pdf"
    message = "PDFは読み取れません。書類を写した写真（JPEGかPNG）をえらんでください。"


class NotAPicture(PictureRefused):
    code = "vouchers.not_a_picture"
    message = (
        "写真として読み取れませんでした。"
        "書類を写した写真（JPEGかPNG）を、もう一度えらんでください。"
    )


class PictureTooLarge(PictureRefused):
    code = "vouchers.picture_too_large"
    message = "写真が大きすぎます。{limit_megabytes}MBまでの写真をえらんでください。"


class PictureTooManyPixels(PictureRefused):
    code = "vouchers.picture_too_many_pixels"
    message = "写真の画素数が多すぎます。カメラの画質を「標準」にして、もう一度写してください。"


class PictureTooSmall(PictureRefused):
    code = "vouchers.picture_too_small"
    message = "写真が小さすぎて、文字を読めません。書類に近づいて、もう一度写してください。"


# --- Confirming where applicants live -----------------------------------------------------------
class AlreadyDecided(VoucherError):
    code = "vouchers.already_decided"
    message = "申込 {number} は、{by}さんが先に「{status}」にしました。次の申込へ進みます。"


class ReasonMissing(VoucherError):
    code = "vouchers.reason_missing"
    message = "確認できない理由を入力してください。申し込んだ方に、この理由をお知らせします。"


class PictureGone(VoucherError):
    code = "vouchers.picture_gone"
    message = "この書類の画像は、保管の期間が過ぎたため消しました。"


# --- The draw -----------------------------------------------------------------------------------
class ApplicationsStillComing(VoucherError):
    code = "vouchers.applications_still_coming"
    message = "申込の期間が終わってから、申込を確定してください（{ends}まで）。"


class NotYetDecided(VoucherError):
    code = "vouchers.not_yet_decided"
    message = "確認待ちの申込が{count:,}件あります。すべて確認してから、申込を確定してください。"


class NothingToDraw(VoucherError):
    code = "vouchers.nothing_to_draw"
    message = "受付済みの申込がありません。抽選はできません。"


class DrawNotReady(VoucherError):
    code = "vouchers.draw_not_ready"
    message = (
        "第{number}回の抽選は「{status}」です。この操作はできません。画面を開き直してください。"
    )


class PurchasePeriodPassed(VoucherError):
    code = "vouchers.purchase_period_passed"
    message = (
        "購入の期間（{ends}まで）が終わっています。いまは承認できません。"
        "事務局が購入の期間を変えると、承認できます。"
    )


# --- Buying -------------------------------------------------------------------------------------
class SoldOut(VoucherError):
    code = "vouchers.sold_out"
    message = "売り切れました。残りはありません。"


class TooFewLeft(VoucherError):
    code = "vouchers.too_few_left"
    message = "残りは{left}セットです。セット数を減らして、もう一度えらんでください。"


class LimitReached(VoucherError):
    code = "vouchers.limit_reached"
    message = "お一人{limit}セットまでです。あと{left}セット購入できます。"


class LimitUsedUp(VoucherError):
    code = "vouchers.limit_used_up"
    message = "お一人{limit}セットまでです。この回は、もう上限まで購入しています。"


class NotOpenYet(VoucherError):
    code = "vouchers.not_open_yet"
    message = "販売は、まだ始まっていません。{starts}から購入できます。"


class SaleClosed(VoucherError):
    code = "vouchers.sale_closed"
    message = "この回の販売は終わりました。"


class WinnersOnly(VoucherError):
    code = "vouchers.winners_only"
    message = "この回は抽選です。購入できるのは、当選した方だけです。"


class ResidencyRequired(VoucherError):
    code = "vouchers.residency_required"
    message = (
        "この回を購入できるのは、お住まいを確認できた方だけです。"
        "住所の分かる書類を持って、窓口へお越しください。"
    )


class RequestDiffers(VoucherError):
    code = "vouchers.request_differs"
    message = (
        "同じ画面から、ちがう内容の購入が届きました。何も購入していません。"
        "もう一度はじめからやり直してください。"
    )


# --- Money that comes in ------------------------------------------------------------------------
class AlreadyPaid(VoucherError):
    code = "vouchers.already_paid"
    message = "この購入は、すでに支払われています。現金を受け取らないでください。"


class OrderLapsed(VoucherError):
    code = "vouchers.order_lapsed"
    message = "この購入は、支払期限（{until}）を過ぎています。現金を受け取らないでください。"


class AmountDiffers(VoucherError):
    code = "vouchers.amount_differs"
    message = "代金は{price:,}円です。ちがう金額では受け取れません。"


class BalanceNotGranted(VoucherError):
    code = "vouchers.balance_not_granted"
    message = "残高を入れられません（{why}）。現金を受け取らないで、責任者に連絡してください。"


class NotADepositFile(VoucherError):
    code = "vouchers.not_a_deposit_file"
    message = (
        "入金データの見出しが見つかりません。"
        "「払込番号」「金額」「入金日」の3つの列があるファイルをえらんでください。"
    )


class NothingNew(VoucherError):
    code = "vouchers.nothing_new"
    message = "新しい入金がありません。どの行も、すでに取り込んでいます。"


class ReceiptSettled(VoucherError):
    code = "vouchers.receipt_settled"
    message = "この入金は、{by}さんが先に「{status}」にしました。画面を開き直してください。"


class ClearingNeedsReason(VoucherError):
    code = "vouchers.clearing_needs_reason"
    message = "処理の記録（だれに、どう確かめたか）を入力してください。"


class NoSuchSlip(VoucherError):
    code = "vouchers.no_such_slip"
    message = "払込番号 {slip_number} の購入はありません。番号を確かめてください。"


class NotMatching(VoucherError):
    code = "vouchers.not_matching"
    message = "この入金は、その購入に充てられません。理由：{why}"


# --- The end of a round -------------------------------------------------------------------------
class PurchasePeriodRuns(VoucherError):
    code = "vouchers.purchase_period_runs"
    message = "第{number}回の購入の期間が終わってから閉じてください（{ends}まで）。"


class OrdersStillWaiting(VoucherError):
    code = "vouchers.orders_still_waiting"
    message = (
        "お支払い待ちの購入が{count:,}件あります。"
        "入金データが届くのを待つ日数が過ぎると、期限切れになります。"
    )


class NotSelling(VoucherError):
    code = "vouchers.not_selling"
    message = "第{number}回は「{status}」です。閉じられるのは、販売中の回だけです。"


class FiguresChanged(VoucherError):
    code = "vouchers.figures_changed"
    message = (
        "確認の画面を開いたあとに、残りのセット数が変わりました（いま{left:,}セット）。"
        "まだ閉じていません。新しい内容を確認してください。"
    )

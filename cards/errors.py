from pointsys.common.errors import DomainError


class CardError(DomainError):
    """A rule about cards refuses the act; nothing was changed.

    `field` names the input that the refusal is about, where there is one.
    """

    code = "cards.refused"
    field = ""


# --- What was read ---------------------------------------------------------------------------
class CardUnreadable(CardError):
    code = "cards.unreadable"
    field = "card"
    message = "カードを読み取れませんでした。もう一度、カードをかざしてください。"


class PhoneRefused(CardError):
    code = "cards.phone_refused"
    field = "card"
    message = "スマートフォンは番号が変わることがあるため使えません。カードをかざしてください。"


class ShortUidRefused(CardError):
    code = "cards.short_uid_refused"
    field = "card"
    message = (
        "このカードは番号が短く（4バイト）、ほかのカードと重なることがあるため使えません。"
        "別のカードをかざしてください。"
    )


class TypeBRefused(CardError):
    code = "cards.type_b_refused"
    field = "card"
    message = (
        "マイナンバーカードや運転免許証（Type B）は使えません。この事業のカードをかざしてください。"
    )


class CardNotKnown(CardError):
    code = "cards.not_known"
    field = "card"
    message = "このカードは、この事業のカードとして登録されていません。"


# --- Stock -----------------------------------------------------------------------------------
class NotAStockList(CardError):
    code = "cards.not_a_stock_list"
    field = "file"
    message = (
        "カードの一覧として読めません。1行目に「カード番号」「種類」と、"
        "「IDm」（UID）か「QRトークン」の列が要ります。"
    )


class StockNameTaken(CardError):
    code = "cards.stock_name_taken"
    field = "name"
    message = "「{name}」という名称の納品は、すでに取り込まれています。別の名称を入力してください。"


class StockImportRuns(CardError):
    code = "cards.stock_import_runs"
    field = "file"
    message = "ほかの人がカードを取り込んでいます。1分ほど待って、もう一度お試しください。"


class StockChanged(CardError):
    code = "cards.stock_changed"
    field = "file"
    message = (
        "確認している間に、同じカードがほかの人に登録されました。何も取り込んでいません。"
        "もう一度、ファイルの内容を確かめてください。"
    )


# --- Issuing ---------------------------------------------------------------------------------
class CardInOtherState(CardError):
    """The card is not in a state in which this can be done to it."""

    code = "cards.card_in_other_state"
    field = "card"
    message = "このカード（末尾{tail}）の状態は「{status}」です。{act}できません。"


class WalletHasCard(CardError):
    code = "cards.wallet_has_card"
    message = (
        "この方は、使用中のカード（末尾{tail}）を持っています。"
        "カードは1人に1枚です。新しいカードにするときは、そのカードのページで交換してください。"
    )


class WalletHasBlockedCard(CardError):
    code = "cards.wallet_has_blocked_card"
    message = (
        "この方には、利用停止中のカード（末尾{tail}）があります。"
        "そのカードのページで、停止を解くか、新しいカードに交換してください。"
    )


class WalletNotUsable(CardError):
    code = "cards.wallet_not_usable"
    message = "この方のポイントは、いま利用できない状態です。カードを発行できません。"


class ProgramOver(CardError):
    code = "cards.program_over"
    message = "この事業は終わっています。カードを発行できません。"


class ReasonMissing(CardError):
    code = "cards.reason_missing"
    field = "reason"
    message = "理由を入力してください"


# --- Limits and grants at terminals ----------------------------------------------------------
class LimitsUnordered(CardError):
    code = "cards.limits_unordered"
    field = "use_limit_points"
    message = (
        "1回に使える上限は、1ポイント以上、1日に使える上限（{day_limit:,}ポイント）以下に"
        "してください。"
    )


class EarnRuleNameTaken(CardError):
    code = "cards.earn_rule_name_taken"
    field = "name"
    message = "「{name}」という名称は、すでに使われています。別の名称を入力してください。"


class EarnRuleWrong(CardError):
    code = "cards.earn_rule_wrong"
    field = "total_points"
    message = "付与する合計は、1回のポイント（{points:,}）以上にしてください。"

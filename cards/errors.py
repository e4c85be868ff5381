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
    message = "スマートフォンは、かざすたびに番号が変わることがあるため使えません。カードをかざしてください。"


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

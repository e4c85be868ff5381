from pointsys.common.errors import DomainError


class DrawError(DomainError):
    """A refusal of a lottery; nothing was written."""


class WrongState(DrawError):
    code = "draws.wrong_state"
    message = "この抽選は「{status}」のため、この操作はできません。"


class NothingToDraw(DrawError):
    code = "draws.nothing_to_draw"
    message = "当選口数の上限は、1以上にしてください。"


class NoEntries(DrawError):
    code = "draws.no_entries"
    message = "抽選の対象になる申込がありません。"


class WrongEntries(DrawError):
    code = "draws.wrong_entries"
    message = "申込の一覧に誤りがあります（{reason}）。抽選の対象を確かめてください。"


class PublicValueMissing(DrawError):
    code = "draws.public_value_missing"
    message = "立会人の値を、200字までの文字で入力してください。"


class EntriesChanged(DrawError):
    code = "draws.entries_changed"
    message = (
        "申込の一覧が、確定したときと変わっています。"
        "抽選は行っていません。システム担当へ連絡してください。"
    )


class ResultChanged(DrawError):
    code = "draws.result_changed"
    message = (
        "抽選の結果が、確定した申込と種から計算し直したものとちがいます。"
        "先へ進めません。システム担当へ連絡してください。"
    )


class SamePerson(DrawError):
    code = "draws.same_person"
    message = "抽選した人は、その抽選を承認できません。別の人が承認してください。"


class ReasonMissing(DrawError):
    code = "draws.reason_missing"
    message = "取りやめの理由を、300字までで入力してください。"


class NotReplaceable(DrawError):
    code = "draws.not_replaceable"
    message = "やり直せるのは、同じ発注者の、取りやめた抽選だけです。"

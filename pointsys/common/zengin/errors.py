"""Refusals of the bank formats; every message says what to do and shows no account number."""

from typing import Any

from pointsys.common.errors import DomainError


class ZenginRefused(DomainError):
    """Something cannot be written to, or read from, a file in a bankers' association format."""

    code = "zengin.refused"
    message = "全銀形式として扱えません。"


class IllegalCharacter(ZenginRefused):
    """A name holds a character that banks do not take; `position` counts from 1."""

    code = "zengin.illegal_character"
    message = "{position}文字目の「{shown}」{name}は銀行の振込データで使えません。{remedy}"

    def __init__(self, *, position: int, character: str, name: str, remedy: str) -> None:
        self.position = position
        self.character = character
        # Invisible characters and lone surrogates are named by number, or the message hides them.
        shown = character if character.isprintable() and not character.isspace() else "　"
        if shown != character:
            name = f"（見えない文字 U+{ord(character):04X}）"
        super().__init__(position=position, shown=shown, name=name, remedy=remedy)


class StrayVoicingMark(IllegalCharacter):
    """A voicing mark follows a kana that cannot be voiced."""

    code = "zengin.stray_voicing_mark"
    message = "{position}文字目の「{shown}」{name}は使えません。{remedy}"


class NameTooLong(ZenginRefused):
    """A name has more positions than its field."""

    code = "zengin.name_too_long"
    message = (
        "{length}文字あります。濁点・半濁点・空白も1文字と数えて、{limit}文字以内で"
        "入力してください。"
    )

    def __init__(self, *, length: int, limit: int) -> None:
        self.length = length
        self.limit = limit
        super().__init__(length=length, limit=limit)


class UnknownLegalForm(ZenginRefused):
    """The legal form has no abbreviation in the bankers' list."""

    code = "zengin.unknown_legal_form"
    message = "「{form}」の略語は決まっていません。通帳のとおりに入力してください。"


class YuchoRefused(ZenginRefused):
    """A ゆうちょ symbol or number is not a possible account; `field` is symbol or number."""

    code = "zengin.yucho"
    message = "{reason}"

    def __init__(self, *, field: str, reason: str) -> None:
        self.field = field
        self.reason = reason
        super().__init__(reason=reason)


class FieldRefused(ZenginRefused):
    """A value does not fit its field; the record's writer or reader adds where it was."""

    code = "zengin.field"
    message = "{label}：{reason}"

    def __init__(self, *, label: str, reason: str) -> None:
        self.label = label
        self.reason = reason
        super().__init__(label=label, reason=reason)


class FileRefused(ZenginRefused):
    """A whole file cannot be read."""

    code = "zengin.file"
    message = "{reason}"

    def __init__(self, reason: str, **context: Any) -> None:
        self.reason = reason
        super().__init__(reason=reason, **context)

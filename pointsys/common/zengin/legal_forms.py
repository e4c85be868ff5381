"""Abbreviations of corporate forms in payee names, as the bankers' association lists them."""

from enum import StrEnum

from pointsys.common.zengin.errors import UnknownLegalForm
from pointsys.common.zengin.kana import FieldClass, narrow

# Association's list of abbreviations (法人略語), as banks publish it.
LEGAL_FORMS = {
    "株式会社": "ｶ",
    "有限会社": "ﾕ",
    "合名会社": "ﾒ",
    "合資会社": "ｼ",
    "合同会社": "ﾄﾞ",
    "医療法人": "ｲ",
    "医療法人社団": "ｲ",
    "医療法人財団": "ｲ",
    "社会医療法人": "ｲ",
    "財団法人": "ｻﾞｲ",
    "一般財団法人": "ｻﾞｲ",
    "公益財団法人": "ｻﾞｲ",
    "社団法人": "ｼﾔ",
    "一般社団法人": "ｼﾔ",
    "公益社団法人": "ｼﾔ",
    "宗教法人": "ｼﾕｳ",
    "学校法人": "ｶﾞｸ",
    "社会福祉法人": "ﾌｸ",
    "更生保護法人": "ﾎｺﾞ",
    "相互会社": "ｿ",
    "特定非営利活動法人": "ﾄｸﾋ",
    "NPO法人": "ﾄｸﾋ",
    "独立行政法人": "ﾄﾞｸ",
    "地方独立行政法人": "ﾁﾄﾞｸ",
    "中間法人": "ﾁﾕｳ",
    "有限責任中間法人": "ﾁﾕｳ",
    "無限責任中間法人": "ﾁﾕｳ",
    "弁護士法人": "ﾍﾞﾝ",
    "行政書士法人": "ｷﾞﾖ",
    "司法書士法人": "ｼﾎｳ",
    "税理士法人": "ｾﾞｲ",
    "国立大学法人": "ﾀﾞｲ",
    "公立大学法人": "ﾀﾞｲ",
    "農事組合法人": "ﾉｳ",
    "管理組合法人": "ｶﾝﾘ",
    "社会保険労務士法人": "ﾛｳﾑ",
}
OFFICES = {"営業所": "ｴｲ", "出張所": "ｼﾕﾂ"}


class Position(StrEnum):
    """Where the form stands in the registered name."""

    BEFORE = "before"
    AFTER = "after"
    MIDDLE = "middle"


def abbreviation_of(legal_form: str) -> str:
    """Return the abbreviation of a legal form or an office.

    Raises:
        UnknownLegalForm: the association lists none.
    """
    try:
        return (LEGAL_FORMS | OFFICES)[legal_form.strip()]
    except KeyError:
        raise UnknownLegalForm(form=legal_form.strip()) from None


def with_legal_form(
    legal_form: str, kana: str, position: Position | str, branch_part: str = ""
) -> str:
    """Return a payee name with its abbreviated form: `ｶ)名`, `名(ｶ` or `名(ｶ)支店`.

    No space stands between form and name. An office goes behind a name in the same way. An empty
    `legal_form` gives the narrowed name alone.

    Raises:
        UnknownLegalForm: the form has no abbreviation.
        IllegalCharacter: the kana cannot be narrowed.
    """
    name = narrow(kana, FieldClass.PARTY)
    branch = narrow(branch_part, FieldClass.PARTY)
    if not legal_form.strip():
        return name + branch
    form = abbreviation_of(legal_form)
    if Position(position) is Position.BEFORE:
        return f"{form}){name}{branch}"
    # At the end the bracket stays open; with something behind the form it closes.
    return f"{name}({form}){branch}" if branch else f"{name}({form}"

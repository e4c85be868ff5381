from django import template

from pointsys.common.municipalities import municipality, prefecture_of

register = template.Library()


@register.filter
def municipality_name(code: str) -> str:
    """Write a municipality's name; elsewhere in Japan its prefecture and code."""
    unit = municipality(code)
    return unit.name if unit else f"{prefecture_of(code)} {code}".strip()

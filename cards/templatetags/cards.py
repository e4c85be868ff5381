from django import template

from cards import identifiers

register = template.Library()


@register.filter
def masked_card(face_number: str) -> str:
    """Write a card number as screens show it: only the last four digits."""
    return identifiers.masked(face_number)


@register.filter
def last_digits(face_number: str) -> str:
    """Write the four digits that a card is named by."""
    return face_number[-4:]

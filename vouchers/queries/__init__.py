"""Every read of the sale of vouchers that pages, other rooms and reports use."""

from vouchers.queries.applications import (
    applications_of,
    applications_visible_to,
    letters_of,
)
from vouchers.queries.campaigns import (
    VIEW_ROLES,
    RoundFigures,
    campaigns_for_residents_of,
    campaigns_visible_to,
    is_taking_applications,
    next_step,
    round_figures,
    rounds_visible_to,
)
from vouchers.queries.drawing import DrawFigures, draw_figures

__all__ = [
    "VIEW_ROLES",
    "DrawFigures",
    "RoundFigures",
    "applications_of",
    "applications_visible_to",
    "campaigns_for_residents_of",
    "campaigns_visible_to",
    "draw_figures",
    "is_taking_applications",
    "letters_of",
    "next_step",
    "round_figures",
    "rounds_visible_to",
]

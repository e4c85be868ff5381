from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.permissions.world import World

# Shells without any data; what a terminal shows comes from its signed requests.
PUBLIC: set[str] = {"terminal:home", "terminal:enrol"}


def add_rows(world: "World") -> None:
    """Name rows of cards for the addresses that carry them."""
    from cards.models import Card, EarnRule, Terminal

    card = Card.objects.filter(status=Card.Status.ISSUED).order_by("pk").first()
    terminal = Terminal.objects.filter(status=Terminal.Status.WAITING).order_by("pk").first()
    rule = EarnRule.objects.order_by("pk").first()
    assert card is not None
    assert terminal is not None
    assert rule is not None
    world.by_parameter |= {"card_uuid": card.uuid, "terminal_uuid": terminal.uuid}
    world.by_name["cards:earn_rule_switch"] = {"rule_id": rule.pk}

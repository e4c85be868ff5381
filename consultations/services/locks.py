from consultations.models import Event, Slot


def event(event_id: int) -> Event:
    """Lock one event with its program at hand."""
    return (
        Event.objects.select_for_update(no_key=True, of=("self",))
        .select_related("program__client")
        .get(pk=event_id)
    )


def slot(slot_id: int) -> Slot:
    """Lock one slot: the only lock of a booking."""
    return (
        Slot.objects.select_for_update(no_key=True, of=("self",))
        .select_related("event__program__client")
        .get(pk=slot_id)
    )

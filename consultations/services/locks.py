from consultations.models import Event, Slot


def event(event_id: int) -> Event:
    """Lock one event with its program at hand."""
    return (
        Event.objects.select_for_update(no_key=True, of=("self",))
        .select_related("program__client")
        .get(pk=event_id)
    )


def slot(slot_id: int) -> Slot:
    """Lock one slot: the only lock of a booking; its event is read after the lock is held."""
    locked = Slot.objects.select_for_update(no_key=True, of=("self",)).get(pk=slot_id)
    # Read together with the slot, the event would be as it was before the wait for the lock.
    locked.event = Event.objects.select_related("program__client").get(pk=locked.event_id)
    return locked


def slots_of(event: Event) -> list[Slot]:
    """Lock all slots of a locked event, so that nobody books meanwhile what is about to change."""
    slots = Slot.objects.select_for_update(no_key=True, of=("self",)).filter(event=event)
    return list(slots.order_by("pk"))

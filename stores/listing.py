"""What anybody may read about the stores of a program."""

from django.db.models import Count, Exists, OuterRef, QuerySet

from stores import queries
from stores.models import Enrolment, Store, Till


def stores_taking_part(
    program_id: int, *, municipality_code: str = "", words: str = ""
) -> QuerySet[Store]:
    """Return the stores that take a program's points now, by municipality and name.

    A store without a live QR cannot be paid at, so nobody is sent there. Chains are never ranked
    first (ST-19).
    """
    chosen = queries.StoreFilter(
        status=Enrolment.Status.ACTIVE, municipality_code=municipality_code, words=words
    )
    live = _live_tills(store="pk").filter(program_id=program_id)
    return (
        queries.enrolled_stores(Store.objects.all(), program_id=program_id, chosen=chosen)
        .filter(Exists(live))
        .order_by("municipality_code", "name_key", "id")
    )


def municipality_choices(program_id: int) -> list[tuple[str, str]]:
    """Return the municipalities in which a program has stores."""
    return queries.municipality_choices(stores_taking_part(program_id))


def store_counts() -> dict[int, int]:
    """Return how many stores take each program's points now."""
    live = _live_tills(store="store_id").filter(program_id=OuterRef("program_id"))
    return dict(
        Enrolment.objects.filter(Exists(live), status=Enrolment.Status.ACTIVE)
        .values_list("program_id")
        .annotate(count=Count("pk"))
        .values_list("program_id", "count")
    )


def _live_tills(*, store: str) -> QuerySet[Till]:
    return Till.objects.filter(store_id=OuterRef(store), revoked_at__isnull=True)

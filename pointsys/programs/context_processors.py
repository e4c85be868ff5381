from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from pointsys.programs import queries
from pointsys.programs.models import Program


def only_program(request: HttpRequest) -> dict[str, Any]:
    """Give pages that belong to no program (sign-in, refusals) the one there is, for its telephone.

    Read only by pages that show it; a view's own `program` stands before it. With several programs
    there is none to name.
    """
    return {"program": SimpleLazyObject(_only_program)}


def _only_program() -> Program | None:
    found = list(queries.public_programs().select_related("client")[:2])
    return found[0] if len(found) == 1 else None

"""Which program a staff page is about: the one named in the address, else the last one seen."""

from typing import Final

from django.http import Http404, HttpRequest

from pointsys.programs import queries
from pointsys.programs.models import Program

PARAMETER: Final = "program"
SESSION_KEY: Final = "console_program"


def visible_programs(request: HttpRequest) -> list[Program]:
    """Return the programs of the user's clients; one query a request."""
    kept: list[Program] | None = getattr(request, "_visible_programs", None)
    if kept is None:
        kept = list(queries.programs_visible_to(request.user))
        request._visible_programs = kept  # type: ignore[attr-defined]
    return kept


def chosen_program(request: HttpRequest) -> Program | None:
    """Return the program a staff page is about; None where the user's clients have none.

    Where none was chosen, it is the longest-running open one.

    Raises:
        Http404: the address names a program that the user may not see.
    """
    programs = visible_programs(request)
    by_code = {program.code: program for program in programs}
    code = request.GET.get(PARAMETER)
    if code:
        if code not in by_code:
            raise Http404(code)
        if request.session.get(SESSION_KEY) != code:
            request.session[SESSION_KEY] = code
        return by_code[code]
    if program := by_code.get(request.session.get(SESSION_KEY, "")):
        return program
    return next(iter(programs), None)

"""Errors of a form across a redirect, so that the browser's "back" never meets a resent POST.

What was typed and what is wrong wait in the session for the next look at the page, once. Files are
not kept here: a page holds its picture sealed.
"""

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.http import HttpRequest

from pointsys.common.forms import Form

LONGEST: Final = 100


def keep(request: HttpRequest, form: Form, *, key: str) -> None:
    """Keep the answers and errors of a refused form for its page's next showing."""
    typed = {
        name: str(form.data.get(name, ""))[:LONGEST].replace("\0", "")
        for name, field in form.fields.items()
        if not field.widget.needs_multipart_form and name in form.data
    }
    errors = {name: [str(text) for text in texts] for name, texts in form.errors.items()}
    request.session[_name(key)] = {"typed": typed, "errors": errors}


def typed_before(request: HttpRequest, *, key: str) -> dict[str, Any] | None:
    """Return what was kept, once; None where nothing was refused."""
    kept = request.session.pop(_name(key), None)
    return kept if isinstance(kept, dict) else None


def show_errors(form: Form, kept: dict[str, Any] | None) -> None:
    """Give a form that was bound to the kept answers the errors they had, and no others."""
    if kept is None:
        return
    form.errors.clear()
    for name, texts in kept["errors"].items():
        form.add_error(None if name == "__all__" else name, [ValidationError(t) for t in texts])


def _name(key: str) -> str:
    return f"voucher_again:{key}"

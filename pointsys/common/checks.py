"""Checks of `manage.py check --database default`, run before a production server starts."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register

from pointsys.common import health


@register(Tags.database)
def database_is_safe(
    *,
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **kwargs: Any,
) -> list[CheckMessage]:
    """Refuse a database that may lose an acknowledged payment or keeps another time."""
    if not databases:
        return []
    return [
        Error(
            f"The database check '{finding.name}' failed: {finding.detail}.",
            hint="See docs/environment.md, Postgres.",
            id=f"pointsys.database.{finding.name}",
        )
        for finding in health.database_findings()
        if not finding.is_well
    ]

from pointsys.common.errors import DomainError


class TableRefused(DomainError):
    """The file as a whole cannot be read as a table; `reason` says why and what to do instead."""

    code = "common.table_refused"
    message = "{reason}"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)

"""Refusals: what a service says when a rule forbids the act."""

from typing import Any


class DomainError(Exception):
    """A refusal that the user can understand; `message` is Japanese and carries the facts.

    Subclasses set `code` (dotted, stable) and `message` (a format string over the context).
    """

    code = "common.refused"
    message = "この操作はできません。"

    def __init__(self, **context: Any) -> None:
        self.context = context
        super().__init__(self.message.format(**context))

    def __str__(self) -> str:
        return self.message.format(**self.context)

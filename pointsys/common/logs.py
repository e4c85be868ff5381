"""Logs: one event per line, as JSON for machines or plain for the demo's terminal.

An exception's message may quote what a person typed (a database error names the values), so the
JSON form gives the class and the frames only. The console form, which no production server uses,
shows messages too.
"""

import logging
import logging.config
import re
import sys
import traceback
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# What could start a line of its own or turn the direction of writing.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def configure(config: dict[str, Any]) -> None:
    """Set up logging; Django calls this with `settings.LOGGING` ({"format": …, "level": …})."""
    is_json = config.get("format", "json") == "json"
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        frames_without_messages if is_json else structlog.processors.format_exc_info,
        escape_control_characters,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if is_json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[drop_arguments, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            use_get_message=True,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(config.get("level", "INFO"))
    # Our own line per request says what these say of a refused or missing page.
    logging.getLogger("django.request").setLevel(logging.ERROR)
    logging.getLogger("django.server").setLevel(logging.ERROR)


def frames_without_messages(
    logger: WrappedLogger, method_name: str, event_dict: EventDict
) -> EventDict:
    """Replace an exception by its class and the places it came through."""
    info = _exc_info(event_dict.pop("exc_info", None))
    if info is not None:
        kind, error, trace = info
        cause = error.__cause__ or error.__context__
        if cause is not None:
            event_dict["cause"] = f"{type(cause).__module__}.{type(cause).__qualname__}"
        event_dict["error"] = f"{kind.__module__}.{kind.__qualname__}"
        event_dict["frames"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)
        ]
        _retell_failed_task(event_dict)
    return event_dict


def escape_control_characters(
    logger: WrappedLogger, method_name: str, event_dict: EventDict
) -> EventDict:
    """Keep a value from starting a line of its own and so forging an entry."""
    for name, value in event_dict.items():
        if isinstance(value, str) and name != "exception":
            event_dict[name] = CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", value)
    return event_dict


def _retell_failed_task(event_dict: EventDict) -> None:
    # Celery writes the exception's message and traceback into its own sentence.
    told = getattr(event_dict.get("_record"), "data", None)
    if isinstance(told, dict) and "description" in told:
        event_dict["event"] = f"task {told.get('name')}[{told.get('id')}] {told['description']}"


def drop_arguments(logger: WrappedLogger, method_name: str, event_dict: EventDict) -> EventDict:
    """Drop what a foreign logger attached beside its message."""
    event_dict.pop("positional_args", None)
    return event_dict


def _exc_info(given: object) -> ExcInfo | None:
    if isinstance(given, BaseException):
        return type(given), given, given.__traceback__
    if isinstance(given, tuple):
        return given if given[0] is not None else None
    if not given:
        return None
    kind, error, trace = sys.exc_info()
    return (kind, error, trace) if kind is not None and error is not None else None

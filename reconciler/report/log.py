"""The log: constant messages with key-values, as JSON for machines or as lines for people, always redacted.

Everything goes through one handler of the standard library's logging, so that what boto3 or urllib3 warn of looks
the same and can't slip past the redaction.
"""

import logging
import sys
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from reconciler import redact
from reconciler.clock import Clock
from reconciler.report.terminal import wants_color

Format = Literal["auto", "json", "console"]
"""`auto` is `console` for a terminal and `json` otherwise."""

_OWN = "reconciler"


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of one module: `logger(__name__).info("plan made", revision=revision)`."""
    own: structlog.stdlib.BoundLogger = structlog.wrap_logger(
        logging.getLogger(name),
        processors=[structlog.stdlib.filter_by_level, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return own


def configure(
    clock: Clock,
    format: Format = "auto",  # noqa: A002 - the setting's name
    level: str = "info",
    stream: TextIO | None = None,
    *,
    color: bool | None = None,
) -> None:
    """Send the log to `stream` (standard error unless told), from `level` on; other libraries' from warnings on.

    Colours are for `console`, by default when a person is looking. Can be called again: the last call holds.
    """
    stream = sys.stderr if stream is None else stream
    chosen = _chosen(format, stream)
    renderer = _console(wants_color(stream) if color is None else color) if chosen == "console" else _json()
    handler = _Handler(stream)
    handler.setFormatter(_formatter(clock, renderer))
    root = logging.getLogger()
    for former in [known for known in root.handlers if isinstance(known, _Handler)]:
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger(_OWN).setLevel(level.upper())


class _Handler(logging.StreamHandler[TextIO]):
    """Told apart from the handlers of others, so that a second `configure` replaces the first."""


def _chosen(asked: Format, stream: TextIO) -> Format:
    if asked == "auto":
        return "console" if stream.isatty() else "json"
    return asked


def _formatter(clock: Clock, renderer: Processor) -> logging.Formatter:
    def stamp(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {"timestamp": clock.now().isoformat(timespec="milliseconds"), **event}

    return structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            stamp,
            _redacted,  # after everything that adds text, and last before it is written
            renderer,
        ]
    )


def _redacted(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    plain: dict[str, Any] = redact.value(event)
    return plain


def _json() -> Processor:
    return structlog.processors.JSONRenderer()


def _console(color: bool) -> Processor:  # noqa: FBT001 - the one thing there is to say
    return structlog.dev.ConsoleRenderer(colors=color, exception_formatter=structlog.dev.plain_traceback)

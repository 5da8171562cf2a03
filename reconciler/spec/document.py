"""YAML text → plain data and where each piece stands.

A strict subset of YAML 1.2: maps, lists and scalars. Whatever lets a file mean something else than it seems to
(anchors, tags, merge keys, duplicate keys, `no` as a boolean) is refused or read as text.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from reconciler.spec.errors import START, Path, Position
from reconciler.spec.scalars import Scalar, core, is_null
from reconciler.spec.wording import quoted

Problem = tuple[Position, str]

SIZE_LIMIT = 1024 * 1024
_DEPTH_LIMIT = 50
_EVENTS_LIMIT = 40_000

_Parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times faster, but not everywhere

# Control characters, line breaks that editors do not show as such, and characters that reorder the text around them.
_INVISIBLE = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff"
_FORBIDDEN = re.compile(f"[{_INVISIBLE}\ufeff]")

_EMPTY = "the file is empty; write its fields, or delete it"


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says. `value` is None when it is not a map, or not YAML at all. Marks are the parser's positions."""

    value: dict[str, Any] | None = None
    problems: tuple[Problem, ...] = ()
    value_marks: Mapping[Path, Any] = field(default_factory=dict)
    key_marks: Mapping[Path, Any] = field(default_factory=dict)

    def where(self, path: Path) -> Position:
        """Where the value at `path` stands; for what is not there, its nearest parent."""
        while path and path not in self.value_marks:
            path = path[:-1]
        return _position_of(self.value_marks[path]) if path in self.value_marks else START

    def where_key(self, path: Path) -> Position:
        """Where the key of the value at `path` stands; of a list item, or of what is not there, `where` it stands."""
        return _position_of(self.key_marks[path]) if path in self.key_marks else self.where(path)


def parse(content: bytes, as_written: Callable[[Path], bool] = lambda _: False) -> Document:
    """Read one file. Never raises: what is wrong is in the document's problems.

    Where `as_written` is true of a value's path, numbers and booleans stay the text they are written as: the
    versions `1.10` and `12e4567` are not numbers.
    """
    if len(content) > SIZE_LIMIT:
        return _refused(START, "the file is over 1 MiB; a spec is a few lines, so look at what was added")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        return _refused(_position(before, len(before)), "this is not UTF-8; save the file as UTF-8")
    if text.startswith("\ufeff"):
        return _refused(START, "the file starts with a byte-order mark; save it as UTF-8 without one")
    if match := _FORBIDDEN.search(text):
        position = _position(text, match.start())
        return _refused(position, f"the invisible character U+{ord(match[0]):04X}; remove it")
    return _Reader(text, as_written).read()


def _position(text: str, offset: int) -> Position:
    return Position(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


def _refused(position: Position, message: str) -> Document:
    return Document(problems=((position, message),))


class _TooMuchError(Exception):
    """The file is over a limit: the rest of it is not looked at."""


class _Reader:
    """One walk over a file's parse events: builds no tree, follows no alias, and stops where it wants."""

    def __init__(self, text: str, as_written: Callable[[Path], bool]) -> None:
        self._text = text
        self._as_written = as_written
        self._values: dict[Path, Any] = {}
        self._keys: dict[Path, Any] = {}
        self._problems: list[Problem] = []
        self._parser: Any = _Parser(text)
        self._events = 0

    def read(self) -> Document:
        value: Any = None
        try:
            value = self._document()
        except yaml.MarkedYAMLError as error:
            self._problems.append(self._syntax_error(error))
        except _TooMuchError:
            pass
        fields = value if isinstance(value, dict) else None
        return Document(fields, tuple(self._problems), self._values, self._keys)

    def _next(self) -> Any:  # noqa: ANN401 - an event of either parser
        """The next event. A file of a million values would keep every service waiting, not only its own."""
        event = self._parser.get_event()
        self._events += 1
        if self._events > _EVENTS_LIMIT:
            message = f"over {_EVENTS_LIMIT} names and values; a spec is a few lines, so look at what was added"
            self._problem(event, message)
            raise _TooMuchError
        return event

    def _document(self) -> Any:  # noqa: ANN401 - any YAML value
        self._next()  # the stream's start
        if isinstance(self._next(), yaml.StreamEndEvent):
            self._problems.append((START, _EMPTY))
            return None
        event = self._next()
        value = self._node(event, ())
        if not isinstance(value, dict) and not self._problems:
            self._problem(event, _EMPTY if value is None else "the file must be a map of fields: `name: value`")
        self._next()  # the document's end
        if not isinstance(event := self._next(), yaml.StreamEndEvent):
            self._problem(event, "a second document; keep one in a file and remove this `---`")
        return value

    def _node(self, event: Any, path: Path) -> Any:  # noqa: ANN401 - any YAML value
        self._values[path] = event.start_mark
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path) if self._is_plain(event) else event.value
        if len(path) >= _DEPTH_LIMIT:
            self._problem(event, f"nested over {_DEPTH_LIMIT} deep; flatten it")
            raise _TooMuchError
        if isinstance(event, yaml.AliasEvent):
            self._problem(event, f"an alias `*{event.anchor}`; write the value out")
            return None
        self._is_plain(event)
        return self._list(path) if isinstance(event, yaml.SequenceStartEvent) else self._map(path)

    def _list(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items))))
        return items

    def _map(self, path: Path) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event)
            if key is None:
                self._skip(self._next())
            elif key in fields:
                first = self._keys[*path, key].line + 1
                self._problem(event, f"`{key}` stands here twice, first in line {first}; remove one")
                self._skip(self._next())
            else:
                self._keys[*path, key] = event.start_mark
                fields[key] = self._node(self._next(), (*path, key))
        return fields

    def _key(self, event: Any) -> str | None:  # noqa: ANN401 - an event of either parser
        """The key's text; None, and a problem noted, for what cannot be one."""
        if not isinstance(event, yaml.ScalarEvent):
            self._skip(event)
            self._problem(event, "a key must be text; write `name: value`")
            return None
        if not self._is_plain(event):
            return None
        key: str = event.value
        if key == "<<":
            self._problem(event, "a merge key `<<`; write the fields out")
        elif not key or (event.implicit[0] and not _is_text(key)):
            self._problem(event, f"the key {quoted(key)} is not text; put it in quotes or give it a name")
        else:
            return key
        return None

    def _skip(self, event: Any) -> None:  # noqa: ANN401 - an event of either parser
        """Pass over a value that has no place."""
        depth = 0
        while True:
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if not depth:
                return
            event = self._next()

    def _is_plain(self, event: Any) -> bool:  # noqa: ANN401 - an event of either parser
        """Whether the node has neither anchor nor tag; a problem is noted when it has."""
        if event.anchor:
            self._problem(event, f"an anchor `&{event.anchor}`; remove it, and write values out where used")
        elif event.tag:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._problem(event, f"a tag {quoted(tag)}; remove it (quotes make a value text)")
        return not (event.anchor or event.tag)

    def _scalar(self, event: Any, path: Path) -> Scalar:  # noqa: ANN401 - an event of either parser
        text: str = event.value
        if not event.implicit[0]:
            if event.style == '"' and (match := _FORBIDDEN.search(text)):
                self._problem(event, f"the text contains U+{ord(match[0]):04X}, which AWS refuses; remove it")
            return text
        if self._as_written(path):
            return None if is_null(text) else text
        try:
            return core(text)
        except ValueError as error:
            self._problem(event, str(error))
            return None

    def _problem(self, event: Any, message: str) -> None:  # noqa: ANN401 - an event of either parser
        self._problems.append((_position_of(event.start_mark), message))

    def _syntax_error(self, error: yaml.MarkedYAMLError) -> Problem:
        mark = error.problem_mark
        if mark is None:  # the types allow it, though no parser does it
            return START, _advice(error, "")
        found = self._character(mark.line, mark.column)
        if not found and error.context_mark:  # the end of the file is not where it went wrong
            return _position_of(error.context_mark), "what starts here is never closed; close it, or quote it"
        return _position_of(mark), _advice(error, found)

    def _character(self, line: int, column: int) -> str:
        """The character there; "" past the end of the file."""
        lines = self._text.splitlines(keepends=True)
        return lines[line][column : column + 1] if line < len(lines) else ""


def _is_text(scalar: str) -> bool:
    try:
        return isinstance(core(scalar), str)
    except ValueError:
        return False


def _advice(error: yaml.MarkedYAMLError, character: str) -> str:
    if character == "\t":
        return "a tab; YAML is indented with spaces"
    if character and character in "@`%":
        return f"a value cannot start with {character}; put it in quotes"
    context = f" {error.context}" if error.context else ""
    return f"not YAML: {error.problem}{context}; look at indentation, colons, brackets and quotes around here"


def _position_of(mark: Any) -> Position:  # noqa: ANN401 - a mark of either parser
    return Position(mark.line + 1, mark.column + 1)

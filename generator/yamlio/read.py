"""Reading YAML: documents of plain values, with the position of every key.

Reading goes through libyaml's events, so that a node knows its line without the cost of a round-trip tree.
Scalars follow the core schema of YAML 1.2: `no` is text and `012` is twelve.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from generator.yamlio.explain import YamlError, explained, shortened, unreadable

MAX_DEPTH = 100
MAX_ALIAS_NODES = 100_000
_MAX_SLOW = 100_000

_INT = re.compile(r"[-+]?[0-9]+\Z")
_BASED_INT = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_SPECIAL: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


class Mark(NamedTuple):
    """Where a node begins, counted from 1, and the text of a plain scalar as it was written."""

    line: int
    column: int
    text: str = ""


@dataclass(slots=True)
class Document:
    """One YAML document: plain Python values, and where each of them stands."""

    value: Any
    line: int
    _keys: dict[int, dict[Hashable, Mark]] = field(repr=False)
    _values: dict[int, dict[Hashable, Mark]] = field(repr=False)

    def mark(self, path: tuple[Hashable, ...]) -> Mark:
        """The position of the key or list item at `path`, or of its nearest parent that has one."""
        return self._find(path, self._keys)

    def value_mark(self, path: tuple[Hashable, ...]) -> Mark:
        """The position and written text of the value at `path`, or of its nearest parent that has one."""
        return self._find(path, self._values)

    def _find(self, path: tuple[Hashable, ...], marks: dict[int, dict[Hashable, Mark]]) -> Mark:
        found = Mark(self.line, 1)
        here = self.value
        for step in path:
            mark = marks.get(id(here), {}).get(step)
            if mark is None:
                break
            found = mark
            here = here[step]
        return found


@dataclass(slots=True)
class _Node:
    """A collection under construction. `size` counts its nodes with every alias expanded."""

    value: Any
    anchor: str | None
    mark: Mark
    size: int = 1
    key: Any = None
    key_mark: Mark | None = None
    merged: set[Hashable] = field(default_factory=set)


def read_documents(text: str, *, tags: bool = False) -> list[Document]:
    """Every document of `text`. Raises YamlError, also for duplicate keys, alias bombs and unknown tags.

    With `tags`, a tag that is not of the core schema is passed over instead of refused.
    """
    try:
        return list(_Composer(CParser(text), tags).documents())
    except MarkedYAMLError as error:
        if (documents := _read_slowly(text, tags)) is not None:
            return documents
        raise explained(error, text) from None
    except (YAMLError, UnicodeEncodeError) as error:
        raise unreadable(text, error) from None


def _read_slowly(text: str, tags: bool) -> list[Document] | None:
    """Read with the parser in Python, which takes colons in flow collections as YAML 1.2 has them: `{url: http://x}`.

    libyaml refuses these. A long text is not tried, since this parser is a hundred times slower.
    """
    if len(text) > _MAX_SLOW:
        return None
    try:
        return list(_Composer(YAML(typ="safe", pure=True).get_constructor_parser(text)[1], tags).documents())
    except YAMLError:
        return None


class _Composer:
    """Builds values out of parser events, with a stack of its own, so that depth is an error and no crash."""

    def __init__(self, parser: Any, tags: bool) -> None:
        self._parser = parser
        self._tags = tags
        self._scalars: dict[str, Any] = {}

    def documents(self) -> Iterator[Document]:
        while self._parser.check_event():
            event = self._parser.get_event()
            if isinstance(event, DocumentStartEvent):
                yield self._document(event.start_mark.line + 1)

    def _document(self, line: int) -> Document:
        self._keys: dict[int, dict[Hashable, Mark]] = {}
        self._values: dict[int, dict[Hashable, Mark]] = {}
        self._anchors: dict[str, tuple[Any, int] | None] = {}
        self._aliased = 0
        root = _Node([], None, Mark(line, 1))
        stack = [root]
        while not isinstance(event := self._parser.get_event(), DocumentEndEvent):
            mark = Mark(event.start_mark.line + 1, event.start_mark.column + 1)
            if isinstance(event, ScalarEvent):
                self._add_scalar(stack[-1], event, mark)
            elif isinstance(event, (MappingStartEvent, SequenceStartEvent)):
                if len(stack) > MAX_DEPTH:
                    raise YamlError(f"nested deeper than {MAX_DEPTH} levels", *mark[:2])
                stack.append(self._open(event, mark))
            elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
                done = stack.pop()
                if done.anchor:
                    self._anchors[done.anchor] = (done.value, done.size)
                self._add(stack[-1], done.value, done.mark, done.size)
            elif isinstance(event, AliasEvent):
                self._add(stack[-1], *self._alias(event, mark))
        return Document(root.value[0], line, self._keys, self._values)

    def _open(self, event: MappingStartEvent | SequenceStartEvent, mark: Mark) -> _Node:
        self._check_tag(event.tag, ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"), mark)
        if event.anchor:
            self._anchors[event.anchor] = None
        value: Any = {} if isinstance(event, MappingStartEvent) else []
        # A collection that was merged in place may have left marks under this identity.
        self._keys.pop(id(value), None)
        self._values.pop(id(value), None)
        return _Node(value, event.anchor, mark)

    def _alias(self, event: AliasEvent, mark: Mark) -> tuple[Any, Mark, int]:
        if event.anchor not in self._anchors:
            name = shortened(event.anchor)
            raise YamlError(f"alias *{name} has no anchor &{name} before it", *mark[:2])
        known = self._anchors[event.anchor]
        if known is None:
            raise YamlError(f"anchor &{shortened(event.anchor)} contains itself", *mark[:2])
        self._aliased += known[1]
        if self._aliased > MAX_ALIAS_NODES:
            raise YamlError(f"aliases expand to more than {MAX_ALIAS_NODES:,} nodes", *mark[:2])
        return known[0], mark, known[1]

    def _add_scalar(self, parent: _Node, event: ScalarEvent, mark: Mark) -> None:
        value = event.value
        if event.tag is not None and event.tag != "!":
            self._check_tag(event.tag, ("tag:yaml.org,2002:str",), mark)
        elif event.implicit[0] and not event.tag:
            mark = Mark(mark.line, mark.column, value)
            value = self._plain(value)
        if event.anchor:
            self._anchors[event.anchor] = (value, 1)
        self._add(parent, value, mark, 1)

    def _plain(self, text: str) -> Any:
        try:
            return self._scalars[text]
        except KeyError:
            value = self._scalars[text] = resolve_plain(text)
            return value

    def _check_tag(self, tag: str | None, known: tuple[str, ...], mark: Mark) -> None:
        if tag is not None and tag not in known and not self._tags:
            short = tag.replace("tag:yaml.org,2002:", "!!")
            raise YamlError(f"the tag {shortened(short)} is not used here; write the plain value", *mark[:2])

    def _add(self, parent: _Node, value: Any, mark: Mark, size: int) -> None:
        parent.size += size
        if isinstance(parent.value, list):
            position = len(parent.value)
            parent.value.append(value)
            self._remember(parent, position, mark, mark)
        elif parent.key_mark is None:
            self._set_key(parent, value, mark)
        elif parent.key == "<<" and parent.key_mark.text == "<<":
            self._merge(parent, value, mark)
            parent.key_mark = None
        else:
            parent.value[parent.key] = value
            parent.merged.discard(parent.key)
            self._remember(parent, parent.key, parent.key_mark, mark)
            parent.key_mark = None

    def _set_key(self, parent: _Node, key: Any, mark: Mark) -> None:
        if isinstance(key, (dict, list)):
            raise YamlError("a key must be a plain text, not a list or a mapping", *mark[:2])
        if key in parent.value and key not in parent.merged:
            first = self._keys[id(parent.value)][key]
            raise YamlError(
                f"{shortened(str(key))}: the key is there twice; it first stands in line {first.line}", *mark[:2]
            )
        parent.key, parent.key_mark = key, mark

    def _merge(self, parent: _Node, value: Any, mark: Mark) -> None:
        if parent.merged:
            raise YamlError("<<: the key is there twice; merge several with one list: <<: [*a, *b]", *mark[:2])
        for source in value if isinstance(value, list) else [value]:
            if not isinstance(source, dict):
                raise YamlError("<<: only mappings can be merged", *mark[:2])
            for key, item in source.items():
                if key not in parent.value:
                    parent.value[key] = item
                    parent.merged.add(key)
                    self._remember(parent, key, self._keys[id(source)][key], self._values[id(source)][key])

    def _remember(self, parent: _Node, key: Hashable, key_mark: Mark, value_mark: Mark) -> None:
        self._keys.setdefault(id(parent.value), {})[key] = key_mark
        self._values.setdefault(id(parent.value), {})[key] = value_mark


def resolve_plain(text: str) -> Any:
    """The value of an unquoted scalar by YAML 1.2's core schema (spec 10.3.2)."""
    if text in _SPECIAL:
        return _SPECIAL[text]
    if _INT.match(text):
        return int(text) if len(text) < 4000 else text
    if _BASED_INT.match(text):
        return int(text, 0)
    if _FLOAT.match(text):
        return float(text)
    return text

"""Writing YAML: text that no value can break, whatever its characters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

# Plain text that every YAML reader, 1.1 or 1.2, takes as the same string; all else is written in quotes.
_PLAIN = re.compile(r"(?:[A-Za-z_/]|\./)(?:[A-Za-z0-9_./@+-]|[: ](?=[A-Za-z0-9_./@+-])(?<!: ))*\Z", re.ASCII)
_PLAIN_QUANTITY = re.compile(r"(?:[0-9]+(?:ms|[mkMGTPsh]|[KMGTP]i))+\Z")
_YAML_1_1_WORDS = re.compile(r"(?:y|n|yes|no|on|off|true|false|null|nan|inf)\Z|_+[0-9._+-]*\Z", re.IGNORECASE)
# JSON's strings are YAML's double-quoted scalars, but for characters that only YAML wants escaped.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
# A key on the line of its value has at most 1024 characters (YAML 1.2, 7.4.2).
_LONGEST_KEY = 1000
_SURROGATES = re.compile("[\ud800-\udfff]")


def scalar(value: str | float | bool | None) -> str:
    """`value` as a YAML scalar on one line that any YAML reader takes back as the same value and type."""
    if isinstance(value, str):
        return value if _is_plain(value) else quoted(value)
    return json.dumps(value, allow_nan=False)


def quoted(text: str) -> str:
    """`text` as a double-quoted scalar on one line. Lone surrogates, which UTF-8 lacks, become U+FFFD."""
    text = _SURROGATES.sub("\ufffd", text)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))


def _is_plain(text: str) -> bool:
    if len(text) > 200 or _YAML_1_1_WORDS.match(text):
        return False
    return bool(_PLAIN.match(text) or _PLAIN_QUANTITY.match(text))


def dump_block(value: Any, indent: int = 0) -> str:
    """`value` (mappings, lists, scalars) as block YAML without a final newline.

    Lines after the first are indented by `indent` spaces. Keys keep their order.
    """
    margin = " " * indent
    return "\n".join(margin + line if number and line else line for number, line in enumerate(_block_lines(value)))


def _block_lines(value: Any) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _entry_lines(scalar(key), item)
    elif isinstance(value, (list, tuple)) and value:
        for item in value:
            lines = _block_lines(item)
            yield f"- {next(lines)}"
            yield from _indented(lines)
    elif isinstance(value, dict):
        yield "{}"
    elif isinstance(value, (list, tuple)):
        yield "[]"
    elif isinstance(value, str) and "\n" in value and _is_literal(value):
        yield from _literal_lines(value)
    else:
        yield scalar(value)


def _entry_lines(key: str, item: Any) -> Iterator[str]:
    lines = _block_lines(item)
    head = f"{key}:"
    if len(head) > _LONGEST_KEY:
        yield f"? {key}"
        head = ":"
    if item and isinstance(item, (dict, list, tuple)):
        yield head
    else:
        yield f"{head} {next(lines)}"
    yield from _indented(lines)


def _indented(lines: Iterator[str]) -> Iterator[str]:
    return (line and "  " + line for line in lines)


_LITERAL_LINE = re.compile(r"[\t\x20-\x7e]*\Z")


def _is_literal(text: str) -> bool:
    """Whether a literal block can hold `text`: simple characters, no first line that indentation hides."""
    lines = text.split("\n")
    return lines[0][:1] not in ("", " ", "\t") and all(map(_LITERAL_LINE.match, lines))


def _literal_lines(text: str) -> Iterator[str]:
    body = text.rstrip("\n")
    trailing = len(text) - len(body)
    yield {0: "|-", 1: "|"}.get(trailing, "|+")
    yield from body.split("\n")
    yield from [""] * (trailing - 1)

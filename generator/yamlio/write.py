"""Writing YAML: text that no value can break, whatever its characters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
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
    return _text(value) if isinstance(value, str) else json.dumps(value, allow_nan=False)


# The same few hundred keys and names come again with every pool.
@lru_cache(maxsize=4096)
def _text(value: str) -> str:
    return value if _is_plain(value) else quoted(value)


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
    lines: list[str] = []
    _append(lines, "", value, " " * indent)
    return "\n".join(lines)


def _append(lines: list[str], head: str, value: Any, margin: str) -> None:
    """Add the lines of `value`: the first behind `head`, which has its own margin, the others behind `margin`."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            _append_entry(lines, head, (key, item), margin)
            head = margin
    elif isinstance(value, (list, tuple)) and value:
        for item in value:
            _append(lines, f"{head}- ", item, margin + "  ")
            head = margin
    elif isinstance(value, str) and "\n" in value and _is_literal(value):
        first, *rest = _literal_lines(value)
        lines.append(head + first)
        # Never at the margin of the document, where `---` would end it.
        lines.extend(line and (margin or "  ") + line for line in rest)
    elif isinstance(value, dict):
        lines.append(head + "{}")
    else:
        lines.append(head + ("[]" if isinstance(value, (list, tuple)) else scalar(value)))


def _append_entry(lines: list[str], head: str, entry: tuple[Any, Any], margin: str) -> None:
    key, item = scalar(entry[0]), entry[1]
    if len(key) > _LONGEST_KEY:
        lines.append(f"{head}? {key}")
        head, key = margin, ""
    inner = margin + "  "
    if item and isinstance(item, (dict, list, tuple)):
        lines.append(f"{head}{key}:")
        _append(lines, inner, item, inner)
    else:
        _append(lines, f"{head}{key}: ", item, inner)


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

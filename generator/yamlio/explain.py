"""What is wrong with a text that is no YAML, in words that tell how to mend it."""

from __future__ import annotations

import re

from ruamel.yaml.error import MarkedYAMLError

# All but YAML 1.2's production c-printable.
UNPRINTABLE = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]"


class YamlError(Exception):
    """A text that is not the YAML we take. `line` and `column` count from 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


def shortened(text: str) -> str:
    """A name out of the document for a message: not endless."""
    return text if len(text) <= 70 else f"{text[:60]}..."


def unreadable(text: str, error: Exception) -> YamlError:
    """libyaml's reader tells of a character that YAML does not allow, but hardly where it is."""
    match = re.search(UNPRINTABLE, text)
    if match is None:
        return YamlError(f"not YAML: {error}", 1, 1)
    start = match.start()
    column = start - text.rfind("\n", 0, start)
    message = f"the character U+{ord(match[0]):04X} is not allowed in YAML; is this a text file in UTF-8?"
    return YamlError(message, text.count("\n", 0, start) + 1, column)


# What libyaml says, in words that tell how to mend it. Its own message is matched as "context, problem".
_EXPLANATIONS = (
    ("escape", "a backslash in double quotes begins an escape that YAML does not know; use single quotes"),
    ("quoted scalar", "a quote is opened here and never closed"),
    ("parsing a flow", "a bracket is opened here and never closed, or a comma is missing after it"),
    ("scanning an alias", "* begins an alias; put a value that begins with it into quotes"),
    ("scanning an anchor", "& begins an anchor; put a value that begins with it into quotes"),
    ("cannot start any token", "a plain value cannot begin with this character; put it into quotes"),
    (
        "mapping values are not allowed",
        "`: ` is not expected here; quote a value that contains it, or mend the line above",
    ),
    ("could not find expected ':'", "a key is not followed by `: ` on its line"),
    ("did not find expected key", "the line does not belong to the mapping above it; mend its indentation"),
    ("did not find expected '-' indicator", "the line does not belong to the list above it; mend its indentation"),
    ("expected <document start>", "text after the end of the document; is it meant to be inside?"),
    ("found unexpected ':'", "within { } and [ ] a text that contains : stands in quotes"),
    ("block sequence entries are not allowed", "`- ` is not expected here; a list begins on a line of its own"),
)
# Where what is mentioned began is a better place than where the parser gave up.
_AT_BEGINNING = (
    "could not find expected ':'",
    "quoted scalar",
    "parsing a flow",
    "scanning an alias",
    "scanning an anchor",
)


def explained(error: MarkedYAMLError, text: str) -> YamlError:
    """What a parser says, in our words and at the place to mend."""
    said = ", ".join(part for part in (error.context, error.problem) if part)
    theirs, ours = next(((theirs, ours) for theirs, ours in _EXPLANATIONS if theirs in said), ("", said))
    mark = (error.context_mark if theirs in _AT_BEGINNING else None) or error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    if _is_tab(text, line, column):
        return YamlError("a tab character; YAML is indented with spaces", line + 1, column + 1)
    return YamlError(f"not YAML: {ours}", line + 1, column + 1)


def _is_tab(text: str, line: int, column: int) -> bool:
    lines = text.split("\n")
    before = lines[line][: column + 1] if line < len(lines) else ""
    return before.endswith("\t") or before.lstrip(" ").startswith("\t")

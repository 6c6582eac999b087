"""Changing single values of a config.yaml that a person wrote, and nothing else of it.

The new text goes where the old one stood; no YAML is written anew, so comments, quotes, order and line ends stay.
"""

from __future__ import annotations

import codecs
import os
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

from generator.config.load import read_document
from generator.config.problems import dotted
from generator.errors import ConfigError, ConflictError, OutsideError

KeyPath = tuple[str, ...]

# What counts as a line break to libyaml, whose line numbers we are given (yaml_private.h, IS_BREAK).
_LINE_BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_ANCHOR_OR_TAG: Final = re.compile(r"(?:[&!]\S*\s+)*")
_QUOTED: Final = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'""", re.DOTALL)


def replace_values(text: str, values: Mapping[KeyPath, str], file: Path) -> str:
    """`text` with the text at each path replaced; the paths must be there.

    Values are versions and the like: text that is the same plain and in quotes. Raises ConfigError, with the line in
    `file`, where a value is an alias, a block, or shared with another key, so that a person has to decide.
    """
    for path, value in values.items():
        text = _replace(text, path, value, file)
    return text


def _replace(text: str, path: KeyPath, value: str, file: Path) -> str:
    document = read_document(text, file)
    mark = document.value_mark(path)
    breaks = [0, *(match.end() for match in _LINE_BREAK.finditer(text))]
    at = breaks[mark.line - 1] + mark.column - 1
    start = at + len(_ANCHOR_OR_TAG.match(text, at)[0])  # type: ignore[index]
    old = _value_at(document.value, path)
    place = f"{file}:{mark.line}:{mark.column} {dotted(path)}"
    if quoted := _QUOTED.match(text, start):
        edited = text[: start + 1] + value + text[quoted.end() - 1 :]
    elif text.startswith(old, start):
        edited = text[:start] + value + text[start + len(old) :]
    else:
        form = "an alias" if text.startswith("*", start) else "written as a block"
        raise ConfigError(f'{place}: is {form}, which is not edited; write "{value}" there yourself')
    if read_document(edited, file).value != _with(document.value, path, value):
        raise ConfigError(f'{place}: is shared with other keys by an anchor; write "{value}" under the key itself')
    return edited


def _value_at(value: Any, path: KeyPath) -> str:
    for step in path:
        value = value[step]
    return str(value)


def _with(value: Any, path: KeyPath, new: str) -> Any:
    """A copy of `value` with `new` at `path`, in which nothing is shared any more."""
    if not path:
        return new
    return {key: _with(item, path[1:], new) if key == path[0] else item for key, item in value.items()}


def rewrite(path: Path, before: str, after: str) -> None:
    """Put `after` into the file, at once or not at all; its mode, byte order mark and a link to it stay.

    `before` is what read_config gave. Raises ConflictError if that is not in the file any more, OutsideError.
    """
    target = path.resolve()
    try:
        data = target.read_bytes()
        if data.decode("utf-8-sig", errors="replace") != before:
            raise ConflictError(f"{path}: was changed meanwhile, and was left as it is; run the command again")
        mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        _replace_file(target, mark + after.encode())
    except OSError as error:
        raise OutsideError(f"{path}: cannot be written: {error.strerror}") from None


def _replace_file(target: Path, data: bytes) -> None:
    with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            shutil.copymode(target, file.name)
            Path(file.name).replace(target)
        except BaseException:
            with suppress(OSError):
                Path(file.name).unlink()
            raise

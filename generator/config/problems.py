"""What is wrong with a configuration, one line a problem, and how pydantic's findings become such lines."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from generator.yamlio import Document

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One line for the user: where in the document, and what is wrong there."""

    path: Path
    message: str
    severity: Literal["error", "warning"] = "error"
    at_key: bool = False


def render_problem(problem: Problem, file: str, document: Document) -> str:
    """`config.yaml:14:3 gitea.chart_versoin: unknown key; did you mean chart_version?`."""
    mark = document.mark(problem.path) if problem.at_key else document.value_mark(problem.path)
    place = dotted(problem.path)
    warning = "warning: " if problem.severity == "warning" else ""
    return f"{file}:{mark.line}:{mark.column} {warning}{place + ': ' if place else ''}{problem.message}"


def dotted(path: Iterable[str | int]) -> str:
    """`agents[1].name` for ("agents", 1, "name")."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def suggestion(word: str, candidates: Iterable[str]) -> str:
    """`; did you mean X?` for the candidate most like `word`, or nothing."""
    close = difflib.get_close_matches(word.lower(), list(candidates), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


def from_pydantic(error: ErrorDetails, model: type[BaseModel], document: Document) -> Problem:
    """pydantic's finding in our words. `loc` of dict keys ends in `[key]`, which the document does not know."""
    location = tuple(step for step in error["loc"] if step != "[key]")
    path = _existing(location, document.value)
    kind = error["type"]
    if kind == "extra_forbidden":
        known = _keys_at(model, path[:-1])
        return Problem(path, f"unknown key{suggestion(str(path[-1]), known)}", at_key=True)
    return Problem(path, _message(kind, error, document, path), at_key="[key]" in error["loc"])


def _message(kind: str, error: ErrorDetails, document: Document, path: Path) -> str:
    context = error.get("ctx", {})
    given = error["input"]
    if kind == "value_error":
        return str(context["error"])
    if kind == "string_type":
        return _not_text(given, document, path)
    if kind == "bool_type":
        return f"{given!r} is not a boolean; write true or false"
    if kind in ("int_type", "int_from_float"):
        return f"{given!r} is not a whole number"
    if kind == "literal_error":
        choices = [choice.strip("'") for choice in context["expected"].replace(" or ", ", ").split(", ")]
        return f"{given!r} is not one of {', '.join(choices)}{suggestion(str(given), choices)}"
    if kind in ("model_type", "dict_type"):
        return f"{_what(given)} stands where a mapping (key: value) is expected"
    if kind == "list_type":
        return f"{_what(given)} stands where a list is expected; begin each item with `- `"
    if kind == "missing":
        return f"the key {error['loc'][-1]} is missing"
    if kind == "string_pattern_mismatch":
        return f"{given!r} does not have the form {context['pattern']}"
    return error["msg"][0].lower() + error["msg"][1:].replace("Input should", "should")


def _not_text(given: object, document: Document, path: Path) -> str:
    written = document.value_mark(path).text
    if isinstance(given, (dict, list)) or not written:
        return f"{_what(given)} stands where text is expected"
    return f'{written} is read as {_what(given)}, and text is expected; write "{written}"'


def _what(value: object) -> str:
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    return "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else "nothing"


def _existing(location: Path, value: Any) -> Path:
    """`location` as far as the document has it; pydantic adds steps of its own for unions."""
    path: list[str | int] = []
    for step in location:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            continue
        path.append(step)
    return tuple(path)


def _keys_at(model: type[BaseModel], path: Path) -> list[str]:
    here: Any = model
    for step in path:
        if isinstance(here, type) and issubclass(here, BaseModel) and step in here.model_fields:
            here = _inner(here.model_fields[str(step)].annotation)
    return list(here.model_fields) if isinstance(here, type) and issubclass(here, BaseModel) else []


def _inner(annotation: Any) -> Any:
    """The model inside `X | None` or `list[X]`."""
    if get_origin(annotation) in (list, Union, UnionType):
        return next((arg for arg in map(_inner, get_args(annotation)) if arg is not type(None)), annotation)
    return annotation

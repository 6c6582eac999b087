"""What is wrong with a configuration, one line a problem, and how pydantic's findings become such lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from generator.config.types import shown
from generator.errors import closest
from generator.yamlio import Document

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One line for the user: where in the document, and what is wrong there."""

    path: Place
    message: str
    severity: Literal["error", "warning"] = "error"
    at_key: bool = False

    @property
    def names_itself(self) -> bool:
        """Whether the path's last step is a name for people: a key that is no text is none."""
        return not self.at_key or isinstance(self.path[-1], str)


def render_problems(problems: Iterable[Problem], file: str, document: Document) -> list[str]:
    """`config.yaml:14:3 gitea.chart_versoin: unknown key; did you mean chart_version?`, in the document's order."""
    placed = []
    for problem in problems:
        mark = document.mark(problem.path) if problem.at_key else document.value_mark(problem.path)
        path = problem.path if problem.names_itself else problem.path[:-1]
        place = f"{dotted(path)}: " if path else ""
        warning = "warning: " if problem.severity == "warning" else ""
        line = f"{file}:{mark.line}:{mark.column} {warning}{place}{problem.message}"
        placed.append((mark.line, mark.column, line))
    return [line for _, _, line in sorted(placed)]


def dotted(path: Iterable[str | int]) -> str:
    """`agents[1].name` for ("agents", 1, "name"); a key with unusual characters in quotes."""
    text = ""
    for step in path:
        if not isinstance(step, str):
            text += f"[{step}]"
        else:
            key = step if step.isascii() and step.isprintable() and len(step) < 80 else shown_key(step)
            text += f".{key}" if text else key
    return text


def shown_key(key: str) -> str:
    """A key for a message, its invisible characters and look-alikes made visible."""
    text = ascii(key)
    return text if len(text) <= 70 else f"{text[:60]}...{text[-1]}"


def suggestion(word: str, candidates: Iterable[str]) -> str:
    """`; did you mean X?` for the candidate most like `word`, or nothing."""
    close = closest(word.lower(), candidates)
    return f"; did you mean {close}?" if close else ""


def keys_that_are_not_text(document: Document) -> Iterator[Problem]:
    """YAML allows numbers, booleans and null as keys; here every key is text."""
    waiting: list[tuple[Place, Any]] = [((), document.value)]
    while waiting:
        place, value = waiting.pop()
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, item in items:
            inside = (*place, key)
            waiting.append((inside, item))
            if isinstance(value, dict) and not isinstance(key, str):
                written = document.mark(inside).text or str(key)
                message = f'the key {written} is read as {_what(key)}, and keys are text; write "{written}"'
                yield Problem(inside, message, at_key=True)


def from_pydantic(error: ErrorDetails, model: type[BaseModel], document: Document) -> Problem | None:
    """pydantic's finding in our words, or None for what `keys_that_are_not_text` tells.

    `loc` of a mapping's key ends in `[key]`, which the document does not know.
    """
    if error["type"] == "invalid_key" or (error["type"] == "string_type" and "[key]" in error["loc"]):
        return None
    location = tuple(step for step in error["loc"] if step != "[key]")
    path = _existing(location, document.value)
    kind = error["type"]
    if kind == "extra_forbidden":
        return Problem(path, f"unknown key{_key_suggestion(model, path)}", at_key=True)
    return Problem(path, _message(kind, error, document, path), at_key="[key]" in error["loc"])


def _message(kind: str, error: ErrorDetails, document: Document, path: Place) -> str:
    context = error.get("ctx", {})
    given = error["input"]
    match kind:
        case "value_error":
            return str(context["error"])
        case "string_type":
            return _not_text(given, document, path)
        case "bool_type":
            return f"{shown(given)} is not a boolean; write true or false"
        case "int_type" | "int_from_float":
            return f"{shown(given)} is not a whole number{_quoted_number(given)}"
        case "string_too_long" | "too_long":
            return f"is too long; at most {context['max_length']} {'items' if kind == 'too_long' else 'characters'}"
        case "greater_than_equal":
            return f"{shown(given)} is too small; the least is {context['ge']}"
        case "less_than_equal":
            return f"{shown(given)} is too large; the most is {context['le']}"
        case "literal_error":
            choices = [choice.strip("'") for choice in context["expected"].replace(" or ", ", ").split(", ")]
            return f"{shown(given)} is not one of {', '.join(choices)}{suggestion(str(given), choices)}"
        case "missing":
            return f"the key {error['loc'][-1]} is missing"
    return _wrong_collection(kind, given) or error["msg"][0].lower() + error["msg"][1:]


def _wrong_collection(kind: str, given: object) -> str | None:
    if kind in ("model_type", "dict_type"):
        return f"{_what(given)} stands where a mapping (key: value) is expected"
    if kind == "list_type":
        return f"{_what(given)} stands where a list is expected; begin each item with `- `"
    return None


def _not_text(given: object, document: Document, path: Place) -> str:
    if given is None:
        return 'has no value; write "" for an empty text'
    written = document.value_mark(path).text
    if isinstance(given, (dict, list)) or not written:
        return f"{_what(given)} stands where text is expected"
    return f'{shown(written)[1:-1]} is read as {_what(given)}, and text is expected; write "{shown(written)[1:-1]}"'


def _quoted_number(given: object) -> str:
    is_number = isinstance(given, str) and given.strip().lstrip("-").isdecimal()
    return "; write it without quotes" if is_number else ""


def _what(value: object) -> str:
    match value:
        case bool():
            return f"the boolean {str(value).lower()}"
        case int() | float():
            return f"the number {shown(value)}"
        case str():
            return f"the text {shown(value)}"
        case list():
            return "a list"
        case dict():
            return "a mapping"
    return "nothing"


def _existing(location: Place, value: Any) -> Place:
    """`location` as far as the document has it."""
    path: list[str | int] = []
    for step in location:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            break
        path.append(step)
    return tuple(path)


def _key_suggestion(model: type[BaseModel], path: Place) -> str:
    """A key of the same section that is alike, or one of the same name elsewhere."""
    name = str(path[-1])
    if close := suggestion(name, _keys_at(model, path[:-1])):
        return close
    elsewhere = [place for place in _all_keys(model) if place.rpartition(".")[2] == name]
    return f"; did you mean {' or '.join(elsewhere)}?" if 0 < len(elsewhere) <= 3 else ""


def _keys_at(model: type[BaseModel], path: Place) -> list[str]:
    here: Any = model
    for step in path:
        if isinstance(step, str) and step in here.model_fields:
            here = section_in(here.model_fields[step].annotation)
    return list(here.model_fields)


def _all_keys(model: type[BaseModel], above: str = "") -> Iterator[str]:
    for name, information in model.model_fields.items():
        inner = section_in(information.annotation)
        yield above + name
        if inner is not None:
            is_list = get_origin(information.annotation) is list
            yield from _all_keys(inner, f"{above}{name}{'[]' if is_list else ''}.")


def section_in(annotation: Any) -> type[BaseModel] | None:
    """The section that `X`, `X | None` or `list[X]` is about."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (list, Union, UnionType):
        return next((found for found in map(section_in, get_args(annotation)) if found), None)
    return None

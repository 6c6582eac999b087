"""The fields in which two values differ."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any, Final

from generator.check.diff.hidden import canonical
from generator.check.diff.model import Action, FieldChange, Item, Steps

# Fields that tell a list's items apart, the first that serves: each item has the first field, and no two the same.
_KEYS: Final = (
    ("name",),
    ("containerPort", "protocol"),
    ("port", "protocol"),
    ("mountPath",),
    ("key",),
    ("type",),
    ("kind", "name"),
)
_DEFAULTS: Final = {"protocol": "TCP"}
# Above this many comparisons, a list with repeated items is told as replaced where it begins to differ.
_MOST_COMPARISONS: Final = 4_000_000
_PLAIN_KEY: Final = re.compile(r"[A-Za-z0-9_-]+\Z")


def compare_values(before: Any, after: Any, at: Steps = ()) -> Iterator[FieldChange]:
    """The innermost fields in which two concealed values differ, sorted by path. `at` is where the values stand."""
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _compare_mappings(before, after, at)
    elif isinstance(before, list) and isinstance(after, list):
        keys = _keys_of(before, after)
        if keys:
            yield from _compare_named(_labelled(before, keys), _labelled(after, keys), at)
        else:
            yield from _compare_lists(before, after, at)
    elif type(before) is not type(after) or before != after:
        yield FieldChange(at, Action.CHANGED, before, after)


def path_text(steps: Steps) -> str:
    """A path as people write it: spec.containers[agent].image, metadata.annotations["a.b/c"]."""
    text = ""
    for step in steps:
        if isinstance(step, Item):
            text += f"[{step.label}]"
        elif _PLAIN_KEY.match(step):
            text += f".{step}" if text else step
        else:
            text += f"[{canonical(step)}]"
    return text


def _compare_mappings(before: dict[str, Any], after: dict[str, Any], at: Steps) -> Iterator[FieldChange]:
    for key in sorted(before.keys() | after.keys()):
        yield from _compare_entries(before, after, key, (*at, key))


def _compare_entries(before: dict[str, Any], after: dict[str, Any], key: str, at: Steps) -> Iterator[FieldChange]:
    if key not in after:
        yield FieldChange(at, Action.REMOVED, before[key], None)
    elif key not in before:
        yield FieldChange(at, Action.ADDED, None, after[key])
    else:
        yield from compare_values(before[key], after[key], at)


def _compare_named(before: dict[str, Any], after: dict[str, Any], at: Steps) -> Iterator[FieldChange]:
    common_before = [label for label in before if label in after]
    common_after = [label for label in after if label in before]
    if common_before != common_after:
        yield FieldChange(at, Action.REORDERED, list(before), list(after))
    for label in dict.fromkeys([*before, *after]):
        yield from _compare_entries(before, after, label, (*at, Item(label)))


def _keys_of(before: list[Any], after: list[Any]) -> tuple[str, ...] | None:
    for keys in _KEYS:
        if all(_are_named(items, keys) for items in (before, after)):
            return keys
    return None


def _are_named(items: list[Any], keys: tuple[str, ...]) -> bool:
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get(keys[0]), (str, int)) or item[keys[0]] == "":
            return False
    return len(_labelled(items, keys)) == len(items)


def _labelled(items: list[dict[str, Any]], keys: tuple[str, ...]) -> dict[str, Any]:
    return {_label(item, keys): item for item in items}


def _label(item: dict[str, Any], keys: tuple[str, ...]) -> str:
    values = (item.get(key, _DEFAULTS.get(key, "")) for key in keys)
    return "/".join(str(value) for value in values if value != "")


def _compare_lists(before: list[Any], after: list[Any], at: Steps) -> Iterator[FieldChange]:
    """Items by position, with as few edits as can be; a removed item has its old position, others the new."""
    for start, end, new_start, new_end in _edits([*map(canonical, before)], [*map(canonical, after)]):
        paired = min(end - start, new_end - new_start)
        for offset in range(paired):
            step = Item(str(new_start + offset))
            yield from compare_values(before[start + offset], after[new_start + offset], (*at, step))
        for position in range(start + paired, end):
            yield FieldChange((*at, Item(str(position))), Action.REMOVED, before[position], None)
        for position in range(new_start + paired, new_end):
            yield FieldChange((*at, Item(str(position))), Action.ADDED, None, after[position])


def _edits(before: list[str], after: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """The stretches (start and end in `before`, start and end in `after`) in which two lists differ."""
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    if len(set(new)) < len(new) and len(old) * len(new) > _MOST_COMPARISONS:
        yield head, head + len(old), head, head + len(new)
        return
    for tag, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield head + start, head + end, head + new_start, head + new_end

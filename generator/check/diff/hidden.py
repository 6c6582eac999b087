"""Plain values for comparing, with everything secret replaced before anything else sees it."""

from __future__ import annotations

import hashlib
import json
import math
import re
from typing import Any

_SECRET_FIELDS = ("data", "stringData")
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
# A text that holds a whole Secret, such as a kustomize patch: its kind, and the field with the values.
_SECRET_KIND = re.compile(r"""["']?kind["']?\s*:\s*["']?[A-Za-z]*Secret\b""")
_SECRET_DATA = re.compile(r"""\b(?:stringData|data)["']?\s*:|/(?:stringData|data)\b""")


class Hidden:
    """A secret value: it can be told from another one, and never be shown."""

    __slots__ = ("digest",)

    def __init__(self, value: object) -> None:
        self.digest = hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hidden) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return "(hidden)"


def canonical(value: Any) -> str:
    """A text that is the same for two concealed values exactly if they are; 1, 1.0, "1" and true all differ."""
    return json.dumps(value, sort_keys=True, default=lambda hidden: {"": hidden.digest}, ensure_ascii=False)


def holds_secret(text: str) -> bool:
    """Whether a text seems to hold a Secret with its values."""
    return bool(_SECRET_KIND.search(text) and _SECRET_DATA.search(text))


def conceal(value: Any) -> Any:
    """`value` with texts as keys, no NaN or infinity, and `Hidden` for what is secret.

    Secret are the values of every Secret (also within lists and texts), kustomize's literals for one, and kubectl's
    copy of an object in its annotation.
    """
    if isinstance(value, dict):
        return _conceal_mapping(value)
    if isinstance(value, list):
        return [conceal(item) for item in value]
    if isinstance(value, str):
        return Hidden(value) if holds_secret(value) else value
    if isinstance(value, float) and not math.isfinite(value):
        return f".{value}"
    return value


def _conceal_mapping(value: dict[Any, Any]) -> dict[str, Any]:
    kind = value.get("kind")
    hides: tuple[str, ...] = (_LAST_APPLIED,)
    if isinstance(kind, str) and kind.lower().endswith("secret"):
        hides += _SECRET_FIELDS
    concealed: dict[str, Any] = {}
    for key, item in value.items():
        name = key if isinstance(key, str) else json.dumps(key)
        if name == "secretGenerator" and isinstance(item, list):
            concealed[name] = [_hide_literals(entry) for entry in item]
        else:
            concealed[name] = _hide(item) if name in hides else conceal(item)
    return concealed


def _hide(value: Any) -> Any:
    """The value hidden; of a mapping, each value, so that one sees which keys change."""
    if isinstance(value, dict):
        return {str(key): Hidden(item) for key, item in value.items()}
    return Hidden(value)


def _hide_literals(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return Hidden(entry)
    return {str(key): Hidden(item) if key == "literals" else conceal(item) for key, item in entry.items()}

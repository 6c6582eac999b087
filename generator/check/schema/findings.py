"""From kubeconform's words to findings: the field that is meant, its line, and what to do."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from generator.check.finding import Finding
from generator.check.schema.kubeconform import RULE, Verdict
from generator.check.schema.schemas import USER_FOLDER, Versions, describe, other_versions, schema_file
from generator.yamlio import Document, YamlError, read_documents

# The validator prints its tree of causes on one line: `- at '<JSON pointer>': <text>`, deeper ones indented further.
_CAUSE = re.compile(r" ( *)- at '((?:[^'\\]|\\.)*)': ")
_GROUP = re.compile(r"validation failed\Z|'(?:allOf|anyOf|oneOf)' failed")
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'")

Place = tuple[Hashable, ...]


class Cause(NamedTuple):
    """A JSON pointer's steps, and what is wrong there."""

    steps: tuple[str, ...]
    text: str


class Object(NamedTuple):
    """One object of a file; `base` is its place in its document, for the items of a List."""

    document: Document
    value: Any
    base: Place

    @property
    def line(self) -> int:
        """Where it begins."""
        return self.document.mark((*self.base, "apiVersion")).line

    @property
    def subject(self) -> str:
        """For people: Deployment raibid-ci/raibid-api."""
        value = self.value if isinstance(self.value, dict) else {}
        metadata = value.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        namespace = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
        return f"{value.get('kind', 'document')} {namespace}{metadata.get('name', '')}".rstrip()


class Translator:
    """Makes findings of verdicts. Reads a file with a problem once more, to know its lines."""

    def __init__(self, root: Path, versions: Versions) -> None:
        """`versions` are those whose schemas were looked into."""
        self._versions = versions
        self.objects = cache(lambda path: list(_objects(root / path)))

    def findings(self, verdict: Verdict) -> Iterator[Finding]:
        """One finding for each thing that is wrong with the resource; none where it is wrong in appearance only."""
        if verdict.status == "statusInvalid":
            yield from self._invalid(verdict)
        elif verdict.message.startswith("could not find schema"):
            yield self._without_schema(verdict)
        else:
            yield self._unreadable(verdict)

    def is_manifest(self, path: str) -> bool:
        """Whether any document of the file says apiVersion or kind. Helm values and the like do not."""
        try:
            return any(
                not isinstance(item.value, dict) or not {"apiVersion", "kind"}.isdisjoint(item.value)
                for item in self.objects(path)
            )
        except YamlError:
            return True

    def count(self, path: str) -> int:
        """How many objects a file has; 0 for one that is no YAML."""
        try:
            return len(self.objects(path))
        except YamlError:
            return 0

    def _invalid(self, verdict: Verdict) -> Iterator[Finding]:
        found = self._find(verdict)
        for cause in sorted(set(causes(verdict.message))):
            names = [name.replace("\\'", "'") for name in _QUOTED.findall(cause.text)]
            value = found[0].value if found else {}
            if not cause.steps and names == ["sops"] and "mac" in (value.get("sops") or {}):
                continue  # Flux decrypts the object and takes this key away before it applies it.
            place = _place(value, cause.steps)
            unknown = cause.text.startswith("additional propert")
            line = found[0].document.mark(found[0].base + place + tuple(names[:1] * unknown)).line if found else 1
            where = _dotted(place)
            text = f"{where}: {cause.text}" if where else cause.text
            yield self._finding(verdict, text, _mend(cause.text, names, verdict), line)

    def _without_schema(self, verdict: Verdict) -> Finding:
        kind, api_version = verdict.kind, verdict.api_version
        message = f"no schema for {kind} {api_version}: {describe(self._versions)} have none, so it was not checked"
        if others := other_versions(self._versions, kind, api_version):
            return self._finding(verdict, message, f"Write apiVersion: {' or '.join(others)}.")
        mend = "Correct apiVersion and kind; for a custom resource of your own put its JSON Schema into"
        return self._finding(verdict, message, f"{mend} {USER_FOLDER}/{schema_file(kind, api_version)}.")

    def _unreadable(self, verdict: Verdict) -> Finding:
        mend = "Write one Kubernetes object per document, with apiVersion, kind and metadata.name."
        try:
            items = self.objects(verdict.path)
        except YamlError as error:
            message = f"Flux cannot read it: {error.message}"
            return Finding(verdict.path, error.line, RULE, "error", "", message, "Correct the YAML.")
        said = re.sub(r"^error [a-z ]+: (error \w+ing .*?: )?", "", " ".join(verdict.message.split()))
        for item in items:
            if not isinstance(item.value, dict):
                said = "a Kubernetes object is a mapping, and this document is none"
            elif all(isinstance(item.value.get(key), str) for key in ("apiVersion", "kind")):
                continue
            line = item.line
            return Finding(verdict.path, line, RULE, "error", item.subject, f"not an object: {said}", mend)
        return self._finding(verdict, f"Flux cannot read it: {said}", "Correct the YAML.")

    def _finding(self, verdict: Verdict, message: str, mend: str, line: int = 0) -> Finding:
        found = self._find(verdict)
        subject = found[0].subject if found else f"{verdict.kind} {verdict.name}".strip()
        if len(found) > 1:
            lines = ", ".join(str(item.line) for item in found)
            message = f"{message} (in one of the {len(found)} of this name, in lines {lines})"
            subject = f"{verdict.kind} {verdict.name}"
        if not line:
            line = found[0].line if found else 1
        return Finding(verdict.path, line, RULE, "error", subject, message, mend)

    def _find(self, verdict: Verdict) -> list[Object]:
        """The objects of the file that the verdict can mean: it tells neither namespace nor line."""
        try:
            items = self.objects(verdict.path)
        except YamlError:
            return []
        wanted = (verdict.api_version, verdict.kind, verdict.name)
        return [item for item in items if isinstance(item.value, dict) and _identity(item.value) == wanted]


def causes(message: str) -> Iterator[Cause]:
    """The leaves of the tree in a message. Alternatives that all failed count as one leaf."""
    marks = list(_CAUSE.finditer(message))
    ends = [mark.start() for mark in marks[1:]] + [len(message)]
    number = 0
    while number < len(marks):
        mark, depth = marks[number], len(marks[number][1])
        text = message[mark.end() : ends[number]].strip()
        number += 1
        if re.match(r"'(?:anyOf|oneOf)' failed", text):
            tries = []
            while number < len(marks) and len(marks[number][1]) > depth:
                tries.append(message[marks[number].end() : ends[number]].strip())
                number += 1
            text = " or ".join(dict.fromkeys(tries)) or text
        elif _GROUP.match(text):
            continue
        yield Cause(_steps(mark[2]), _ordered(text))


def _steps(pointer: str) -> tuple[str, ...]:
    parts = pointer.replace("\\'", "'").split("/")[1:]
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)


def _ordered(text: str) -> str:
    """The text as people need it. Names of unknown fields come out of a Go map: sorted, two runs say the same."""
    text = text.replace("want null or ", "want ")  # To Kubernetes null is a field that is not there.
    match = re.fullmatch(r"(additional properties )('.*')( not allowed)", text)
    if not match:
        return text
    return match[1] + ", ".join(sorted(f"'{name}'" for name in _QUOTED.findall(match[2]))) + match[3]


def _objects(path: Path) -> Iterator[Object]:
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise YamlError("it is not UTF-8", 1, 1) from None
    for document in read_documents(text, tags=True):
        value = document.value
        if isinstance(value, dict) and value.get("kind") == "List" and isinstance(value.get("items"), list):
            for number, item in enumerate(value["items"]):
                yield Object(document, item, ("items", number))
        elif value is not None:
            yield Object(document, value, ())


def _identity(value: dict[str, Any]) -> tuple[Any, Any, str]:
    metadata = value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return value.get("apiVersion"), value.get("kind"), name if isinstance(name, str) else ""


def _place(value: Any, steps: tuple[str, ...]) -> Place:
    """Steps as keys and list positions."""
    place: list[Hashable] = []
    for step in steps:
        key: Hashable = int(step) if isinstance(value, list) and step.isdigit() else step
        place.append(key)
        try:
            value = value[key]
        except (LookupError, TypeError):
            value = None
    return tuple(place)


def _dotted(place: Place) -> str:
    parts = []
    for step in place:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif re.fullmatch(r"[\w-]+", str(step)):
            parts.append(f".{step}")
        else:
            parts.append(f'["{step}"]')
    return "".join(parts).removeprefix(".")


def _mend(text: str, names: list[str], verdict: Verdict) -> str:
    listed = ", ".join(names)
    kind = f"{verdict.kind} {verdict.api_version}"
    if text.startswith("additional propert"):
        return f"Correct the spelling of {listed}, or remove it: {kind} has no such field."
    if text.startswith("missing propert"):
        return f"Add {listed}."
    if match := re.match(r"got (number|boolean), want string\Z", text):
        return f"Put the {match[1]} in quotes."
    if match := re.match(r"got \w+, want (\w+)\Z", text):
        return f"Write it as {_article(match[1])}."
    if names and text.startswith("value must be"):
        return f"Write {' or '.join(names)}."
    return f"Look up what {kind} takes there."


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aio" else f"a {noun}"

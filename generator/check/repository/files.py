"""Reading a cluster's YAML files, each once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from generator.check.finding import Finding
from generator.check.repository.objects import Place, dig, entries
from generator.check.repository.paths import KUSTOMIZATION_NAMES, yaml_files
from generator.yamlio import Document, YamlError, read_documents

_CRD = re.compile(r"^kind: CustomResourceDefinition\s*$", re.MULTILINE)
_VERSIONS = re.compile(r"^  versions:[ ]*\n((?:(?:  - |   ).*\n|\n)+)", re.MULTILINE)


class Part(NamedTuple):
    """An object within a file: its document, where it stands there, and its value."""

    document: Document
    base: Place
    value: dict[str, Any]


class Files:
    """The YAML files below `root`; paths are relative to it, with slashes."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._parsed: dict[str, list[Document]] = {}
        self.problems: list[Finding] = []

    def below(self, folder: str) -> Iterator[str]:
        """YAML files in `folder` and its sub-folders, sorted; hidden ones are left out."""
        return yaml_files(self._root, folder)

    def is_file(self, path: str) -> bool:
        """Whether `path` is a file."""
        return path in self._parsed or (self._root / path).is_file()

    def is_folder(self, path: str) -> bool:
        """Whether `path` is a folder."""
        return (self._root / path).is_dir()

    def kustomization_of(self, folder: str) -> str | None:
        """The folder's own kustomization.yaml, or None."""
        prefix = "" if folder in ("", ".") else folder + "/"
        return next((prefix + name for name in KUSTOMIZATION_NAMES if self.is_file(prefix + name)), None)

    def documents(self, path: str) -> list[Document]:
        """The documents of a file; a file that cannot be read has none, and one problem."""
        if path not in self._parsed:
            self._parsed[path] = self._read(path)
        return self._parsed[path]

    def objects(self, path: str) -> Iterator[Part]:
        """The objects of a file, those within a List one by one; what is no mapping is left out."""
        for document in self.documents(path):
            if not isinstance(document.value, dict):
                continue
            if dig(document.value, "kind") == "List":
                for position, item in entries(document.value, "items"):
                    yield Part(document, ("items", position), item)
            else:
                yield Part(document, (), document.value)

    def _read(self, path: str) -> list[Document]:
        try:
            text = (self._root / path).read_text("utf-8")
            return read_documents(_without_schemas(text), tags=True)
        except YamlError as error:
            self._problem(path, error.line, error.message)
        except (OSError, UnicodeDecodeError) as error:
            self._problem(path, 1, f"cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}")
        return []

    def _problem(self, path: str, line: int, message: str) -> None:
        self.problems.append(
            Finding(
                path,
                line,
                "unreadable-file",
                "error",
                path,
                f"{message}: Flux stops here, and applies nothing of the folder",
                "Correct the YAML.",
            )
        )


def _without_schemas(text: str) -> str:
    """`text` with the schemas of its CustomResourceDefinitions blanked, lines kept.

    They are most of Flux's install manifest, no rule looks at them, and kubeconform reads them anyway.
    """
    if not _CRD.search(text):
        return text
    parts = re.split(r"(?m)^(?=---)", text)
    return "".join(_VERSIONS.sub(_blank, part) if _CRD.search(part) else part for part in parts)


def _blank(match: re.Match[str]) -> str:
    return "  versions: []\n" + "\n" * match[1].count("\n")

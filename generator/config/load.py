"""From a file to a checked Config, or to every problem that the file has at once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from generator import contract
from generator.config.checks import cross_check
from generator.config.model import Config
from generator.config.problems import Place, Problem, from_pydantic, keys_that_are_not_text, render_problems
from generator.disk import expanded
from generator.errors import ConfigError
from generator.yamlio import Document, YamlError, read_documents

MAX_BYTES = 8 * 1024 * 1024
MAX_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Loaded:
    """A valid configuration, the file that it came from, and warnings, one line each."""

    config: Config
    path: Path
    warnings: tuple[str, ...]


def find_config(explicit: Path | None, root: Path) -> Path:
    """The configuration to use: `explicit`, $RAIBID_CONFIG, ./config.yaml, the only clusters/*/config.yaml,
    ~/.config/raibid/config.yaml; the first that is there.

    Raises ConfigError when there is none, when a named one is missing, or when several clusters could be meant.
    """
    if explicit is not None:
        return _there(explicit, "-c")
    if named := os.environ.get(contract.CONFIG_VARIABLE):
        return _there(expanded(named), f"${contract.CONFIG_VARIABLE}")
    here = root / contract.CONFIG_FILE
    if here.is_file():
        return here
    clusters = sorted(root.glob(f"{contract.CLUSTERS_FOLDER}/*/{contract.CONFIG_FILE}"))
    if len(clusters) > 1:
        names = ", ".join(map(str, clusters))
        raise ConfigError(f"several clusters are here: {names}; choose one with -c")
    user = expanded("~/.config/raibid") / contract.CONFIG_FILE
    for path in [*clusters, user]:
        if path.is_file():
            return path
    raise ConfigError(
        f"no configuration: neither -c nor ${contract.CONFIG_VARIABLE} names one, and there is no {here}, "
        f"{root / contract.CLUSTERS_FOLDER}/*/{contract.CONFIG_FILE} or {user}; `raibid-gen init NAME` makes one"
    )


def _there(path: Path, named_by: str) -> Path:
    if not path.exists():
        raise ConfigError(f"{path}: no such file; {named_by} names it")
    return path


def load_config(path: Path) -> Loaded:
    """The configuration in `path`. Raises ConfigError with one line for every problem."""
    return parse_config(read_config(path), path)


def parse_config(text: str, path: Path) -> Loaded:
    """As load_config, for a text at hand; `path` is what problems are reported under."""
    document = read_document(text, path)
    config, problems = _validated({} if document.value is None else document.value, document)
    if config is not None:
        problems += cross_check(config, [problem.path for problem in problems])
    errors = [problem for problem in problems if problem.severity == "error"]
    if config is None or errors:
        raise _refusal(render_problems(errors, str(path), document))
    return Loaded(config, path, tuple(render_problems(problems, str(path), document)))


def _validated(value: Any, document: Document) -> tuple[Config | None, list[Problem]]:
    """The configuration, and what each value has wrong by itself.

    Where something is wrong the configuration is that of the other values, so that they are checked in the same run,
    or None if these make none.
    """
    try:
        return Config.model_validate(value), []
    except ValidationError as error:
        found = [from_pydantic(detail, Config, document) for detail in error.errors(include_url=False)]
    problems = [*keys_that_are_not_text(document), *(problem for problem in found if problem)]
    faulty = {problem.path for problem in problems}
    if () in faulty:
        return None, problems
    try:
        return Config.model_validate(_without(value, faulty)), problems
    except ValidationError:
        return None, problems


def _without(value: Any, faulty: set[Place], place: Place = ()) -> Any:
    """`value` without what lies at the faulty places."""
    if isinstance(value, dict):
        return {
            key: _without(item, faulty, (*place, key)) for key, item in value.items() if (*place, key) not in faulty
        }
    if isinstance(value, list):
        return [
            _without(item, faulty, (*place, number))
            for number, item in enumerate(value)
            if (*place, number) not in faulty
        ]
    return value


def read_config(path: Path) -> str:
    """The text of a configuration, without a byte order mark. Raises ConfigError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{path}: larger than {MAX_BYTES // 2**20} MiB; this is no configuration")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise ConfigError(f"{path}:{line}:{column} not UTF-8 text; save the file as UTF-8") from None


def read_document(text: str, path: Path) -> Document:
    """The one document of a configuration, not yet checked. Raises ConfigError."""
    try:
        documents = read_documents(text)
    except YamlError as error:
        raise ConfigError(f"{path}:{error.line}:{error.column} {error.message}") from None
    if len(documents) > 1:
        raise ConfigError(f"{path}:{documents[1].line}:1 a second document begins; a configuration is one document")
    return documents[0] if documents else read_documents("{}")[0]


def _refusal(lines: list[str]) -> ConfigError:
    shown = lines[:MAX_SHOWN]
    if len(lines) > MAX_SHOWN:
        shown.append(f"... and {len(lines) - MAX_SHOWN} more")
    return ConfigError("\n".join(shown))

"""From a file to a checked Config, or to every problem that the file has at once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from generator import contract
from generator.config.checks import cross_check
from generator.config.model import Config
from generator.config.problems import from_pydantic, render_problem
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
        return explicit
    if named := os.environ.get(contract.CONFIG_VARIABLE):
        return Path(named).expanduser()
    here = root / contract.CONFIG_FILE
    clusters = sorted(root.glob(f"{contract.CLUSTERS_FOLDER}/*/{contract.CONFIG_FILE}"))
    user = Path("~/.config/raibid").expanduser() / contract.CONFIG_FILE
    if here.is_file():
        return here
    if len(clusters) > 1:
        names = ", ".join(str(path.relative_to(root)) for path in clusters)
        raise ConfigError(f"several clusters are here: {names}; choose one with -c")
    for path in [*clusters, user]:
        if path.is_file():
            return path
    raise ConfigError(
        f"no configuration found: neither -c, ${contract.CONFIG_VARIABLE}, {here}, "
        f"clusters/*/{contract.CONFIG_FILE} nor {user}; `raibid-gen init NAME` makes one"
    )


def load_config(path: Path) -> Loaded:
    """The configuration in `path`. Raises ConfigError with one line for every problem."""
    return parse_config(_read(path), path)


def parse_config(text: str, path: Path) -> Loaded:
    """As load_config, for a text at hand; `path` is what problems are reported under."""
    document = _document(text, path)
    value = {} if document.value is None else document.value
    try:
        config = Config.model_validate(value)
    except ValidationError as error:
        found = [from_pydantic(detail, Config, document) for detail in error.errors(include_url=False)]
        raise _refusal([render_problem(problem, str(path), document) for problem in found]) from None
    problems = cross_check(config)
    lines = {problem: render_problem(problem, str(path), document) for problem in problems}
    if errors := [line for problem, line in lines.items() if problem.severity == "error"]:
        raise _refusal(errors)
    return Loaded(config, path, tuple(lines.values()))


def _read(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            limit = MAX_BYTES // 2**20
            raise ConfigError(f"{path}: {size / 2**20:.1f} MiB; a configuration has at most {limit} MiB")
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}:1 not UTF-8 text; save the file as UTF-8") from None


def _document(text: str, path: Path) -> Document:
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

"""`raibid-gen init`: begin a repository, or one more cluster in it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator import contract
from generator.errors import ConfigError

if TYPE_CHECKING:
    from generator.config import Config

_PROFILES = {"minimum": "about 2 cores and 1.7 GB for all but the agents", "recommended": "about 4 cores and 4.2 GB"}
_MACHINES = {"aarch64": "arm64", "arm64": "arm64", "x86_64": "amd64", "amd64": "amd64"}


@click.command(short_help="Begin a repository for a cluster.")
@click.argument("name", required=False)
@click.option(
    "-o",
    "--output",
    "repository",
    type=click.Path(path_type=Path),
    help="Root of the repository. Default: this folder if it is a Git repository, otherwise a new folder NAME.",
)
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    help="A configuration that you have; it is copied as it is, and NAME may be left out.",
)
@click.option("--yes", is_flag=True, help="Ask nothing; take the defaults.")
def command(name: str | None, repository: Path | None, source: Path | None, *, yes: bool) -> None:
    """Begin a repository for the cluster NAME, with a commented clusters/NAME/config.yaml.

    Makes a Git repository where there is none, commits nothing, and overwrites no file.

    \b
    Examples:
      raibid-gen init my-ci                   a new folder my-ci, or a cluster of this repository
      raibid-gen init --from old/config.yaml  with a configuration that you have
    """
    from generator.render.start import start_repository

    if source is None:
        if name is None:
            raise click.UsageError("Missing argument 'NAME': what is the cluster to be called, for instance my-ci?")
        config, text = _new(name, ask=not yes and sys.stdin.isatty() and sys.stdout.isatty())
    else:
        config, text = _copied(source, name)
    root = repository or _default_root(config.cluster.name)
    for path in start_repository(root, config, text):
        click.echo(f"created   {root / path}")
    _say_next(root, config)


def _new(name: str, *, ask: bool) -> tuple[Config, bytes]:
    """A configuration by name and a few answers; not asked for, they are what fits this machine."""
    import platform

    from generator.config import parse_config
    from generator.config.starter import starter_config
    from generator.render.start import SCHEMA_PLACE

    answers: dict[str, Any] = {"name": name, "profile": "minimum"}
    if arch := _MACHINES.get(platform.machine().lower()):
        answers["arch"] = arch
    draft = _draft(answers)
    if ask:
        answers["arch"] = _choose("Processor of the nodes", ("arm64", "amd64"), draft.cluster.arch)
        for profile, meaning in _PROFILES.items():
            click.echo(f"  {profile:11} {meaning}")
        answers["profile"] = _choose("Size of the components", tuple(_PROFILES), "minimum")
        draft = _draft(answers)
    text = starter_config(draft, SCHEMA_PLACE)
    return parse_config(text, Path(draft.folder, contract.CONFIG_FILE)).config, text.encode()


def _draft(answers: dict[str, Any]) -> Config:
    from pydantic import ValidationError

    from generator.config import Config

    try:
        return Config.model_validate({"cluster": answers})
    except ValidationError as error:
        message = error.errors()[0]["ctx"]["error"]
        raise ConfigError(f"NAME {message}; it becomes a folder's name and a part of objects' names") from None


def _choose(question: str, choices: tuple[str, ...], default: str) -> str:
    answer: str = click.prompt(question, type=click.Choice(choices), default=default)
    return answer


def _copied(source: Path, name: str | None) -> tuple[Config, bytes]:
    from generator.config import parse_config
    from generator.config.load import read_config

    text = read_config(source)
    loaded = parse_config(text, source)
    for warning in loaded.warnings:
        click.echo(warning, err=True)
    found = loaded.config.cluster.name
    if name not in (None, found):
        raise ConfigError(f"{source}: cluster.name is {found}, not {name}; change it there, or leave out NAME")
    return loaded.config, text.encode()


def _default_root(name: str) -> Path:
    from generator.render.start import is_repository

    here = Path.cwd()
    if is_repository(here):
        return Path()
    above = next(filter(is_repository, here.parents), None)
    if above is not None:
        raise ConfigError(f"this folder lies inside the Git repository {above}: go there, or choose a folder with -o")
    return Path(name)


def _say_next(root: Path, config: Config) -> None:
    import shlex

    clusters = list((root / contract.CLUSTERS_FOLDER).glob(f"*/{contract.CONFIG_FILE}"))
    choice = f" -c {config.folder}/{contract.CONFIG_FILE}" if len(clusters) > 1 else ""
    enter = "" if root == Path() else f"cd {shlex.quote(str(root))} && "
    click.echo(f"\nLook through {root / config.folder / contract.CONFIG_FILE}, then:")
    click.echo(f"  {enter}{contract.PROGRAM} render{choice}")

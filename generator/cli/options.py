"""Options that several commands have alike, and what they lead to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator import contract
from generator.errors import ConfigError

if TYPE_CHECKING:
    from generator.config.load import Loaded

config_option = click.option(
    "-c",
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    help="The configuration; otherwise $RAIBID_CONFIG, ./config.yaml, the only clusters/*/config.yaml, "
    "or ~/.config/raibid/config.yaml.",
)
repository_option = click.option(
    "-o",
    "--output",
    "repository",
    type=click.Path(path_type=Path, file_okay=False),
    help="Root of the repository. Default: this folder; inside clusters/NAME, the repository around it.",
)


def repository_root(named: Path | None) -> Path:
    """The repository to work on. In a cluster's own folder nobody wants one more `clusters/` below it."""
    if named is not None:
        return named
    here = Path.cwd()
    in_cluster = here.parent.name == contract.CLUSTERS_FOLDER and (here / contract.CONFIG_FILE).is_file()
    return Path("../..") if in_cluster else Path()


def load_cluster(config_path: Path | None, repository: Path | None) -> tuple[Loaded, Path]:
    """The configuration that the options lead to, its warnings printed, and the root of the repository.

    Raises ConfigError for what is wrong with it, and when it lies in the folder of another cluster.
    """
    from generator.config import find_config, load_config

    root = repository_root(repository)
    loaded = load_config(find_config(config_path, repository or Path()))
    _require_own_folder(loaded, root)
    for warning in loaded.warnings:
        click.echo(warning, err=True)
    return loaded, root


def _require_own_folder(loaded: Loaded, root: Path) -> None:
    """A renamed or copied configuration would be rendered beside the folder that it lies in, or over another's."""
    folder = loaded.path.resolve().parent
    name = loaded.config.cluster.name
    if folder.parent == (root / contract.CLUSTERS_FOLDER).resolve() and folder.name != name:
        now = f"{contract.CLUSTERS_FOLDER}/{folder.name}"
        raise ConfigError(
            f"{loaded.path}: cluster.name is {name}, and the folder is {now}; they have to agree. Call it "
            f"{folder.name} again, or rename the folder (`git mv {now} {loaded.config.folder}`) and run "
            f"`{contract.PROGRAM} render --force`"
        )

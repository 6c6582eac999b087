"""Options that several commands have alike."""

from __future__ import annotations

from pathlib import Path

import click

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
    default=Path(),
    help="Root of the repository. Default: this folder.",
)

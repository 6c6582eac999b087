"""`raibid-gen render`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.options import config_option, repository_option
from generator.errors import ConfigError, Exit

if TYPE_CHECKING:
    from generator.render import Rendering
    from generator.render.tree import Changes

_COLOURS = {"created": "green", "changed": "yellow", "removed": "red", "kept": "magenta"}


@click.command()
@config_option
@repository_option
@click.option("--check", is_flag=True, help="Write nothing; exit 1 and list the files that are not as rendered.")
@click.option("--stdout", is_flag=True, help="Print the manifests instead of writing them.")
@click.option("--only", "component", metavar="COMPONENT", help="With --stdout: only this component's files.")
@click.option("--force", is_flag=True, help="Take back files that were edited by hand.")
@click.option("-v", "--verbose", is_flag=True, help="List unchanged files too.")
def command(
    config_path: Path | None,
    repository: Path,
    *,
    check: bool,
    stdout: bool,
    component: str | None,
    force: bool,
    verbose: bool,
) -> None:
    """Write the repository that config.yaml describes, below clusters/<cluster.name>/.

    Files edited by hand are kept and named, with exit code 3. Own templates in templates/ win over the built-in ones.
    """
    from generator.config import find_config, load_config
    from generator.render import render_cluster

    if component and not stdout:
        raise ConfigError("--only goes with --stdout: the files of a repository belong together")
    loaded = load_config(find_config(config_path, repository))
    for warning in loaded.warnings:
        click.echo(warning, err=True)
    rendering = render_cluster(loaded.config, repository)
    if stdout:
        _print(rendering, loaded.config.folder, component)
    elif check:
        _check(rendering, repository, loaded.config.folder, verbose=verbose)
    else:
        _write(rendering, repository, loaded.config.folder, force=force, verbose=verbose)


def _print(rendering: Rendering, folder: str, component: str | None) -> None:
    from generator.render.selection import select

    files = select(rendering.files, folder, component)
    for path, content in files.items():
        click.echo(f"---\n# {path}\n{content.decode()}", nl=False)


def _check(rendering: Rendering, repository: Path, folder: str, *, verbose: bool) -> None:
    from generator.render.tree import plan_changes

    changes = plan_changes(repository, folder, rendering.files, rendering.facts)
    _report(changes, verbose=verbose)
    if changes.drift:
        click.echo("The tree is not what the configuration renders to; run `raibid-gen render`.", err=True)
        raise SystemExit(Exit.FINDING)


def _write(rendering: Rendering, repository: Path, folder: str, *, force: bool, verbose: bool) -> None:
    from generator.render.journal import exclusive
    from generator.render.tree import apply, plan_changes

    with exclusive(repository, folder) as workshop:
        changes = plan_changes(repository, folder, rendering.files, rendering.facts, force=force)
        if changes.interrupted:
            click.echo("An earlier render was interrupted; finishing it.", err=True)
        apply(changes, workshop)
    _report(changes, verbose=verbose)
    changes.require_none_kept()


def _report(changes: Changes, *, verbose: bool) -> None:
    """A line for each file and a total; to a terminal with colours, otherwise without."""
    from collections import Counter

    counts = Counter(change.state.value for change in changes.files)
    for change in changes.files:
        state = change.state.value
        if state != "unchanged" or verbose:
            note = " (edited by hand)" if state == "kept" else ""
            click.echo(f"{click.style(f'{state:9}', fg=_COLOURS.get(state))} {change.path}{note}")
    order = ("created", "changed", "unchanged", "removed", "kept")
    click.echo(f"{len(changes.files)} files: " + ", ".join(f"{counts[state]} {state}" for state in order))

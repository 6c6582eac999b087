"""`raibid-gen render`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.options import config_option, load_cluster, repository_option
from generator.errors import ConfigError, Exit

if TYPE_CHECKING:
    from generator.render import Rendering
    from generator.render.tree import Changes

_COLOURS = {"created": "green", "changed": "yellow", "removed": "red", "kept": "magenta"}


@click.command(short_help="Write the repository that config.yaml describes.")
@config_option
@repository_option
@click.option("--check", is_flag=True, help="Write nothing; exit 1 and list the files that are not as rendered.")
@click.option("--stdout", is_flag=True, help="Print the manifests instead of writing them.")
@click.option("--only", "component", metavar="COMPONENT", help="With --stdout: only this component's files.")
@click.option("--force", is_flag=True, help="Overwrite files that were edited by hand.")
@click.option("-v", "--verbose", is_flag=True, help="List unchanged files too.")
def command(
    config_path: Path | None,
    repository: Path | None,
    *,
    check: bool,
    stdout: bool,
    component: str | None,
    force: bool,
    verbose: bool,
) -> None:
    """Write the repository that config.yaml describes, below clusters/<cluster.name>/.

    Files edited by hand are kept and named, with exit code 3. Your templates in templates/ win over the built-in ones.

    \b
    Examples:
      raibid-gen render                          write what config.yaml describes
      raibid-gen render --check                  in CI: is the tree up to date?
      raibid-gen render --stdout --only redis    look at one component
    """
    from generator.render import render_cluster

    if check + stdout + force > 1:
        raise ConfigError("--check, --stdout and --force exclude each other")
    if component and not stdout:
        raise ConfigError("--only goes with --stdout: the files of a repository belong together")
    loaded, root = load_cluster(config_path, repository)
    rendering = render_cluster(loaded.config, root)
    if stdout:
        _print(rendering, loaded.config.folder, component)
    elif check:
        _check(rendering, root, loaded.config.folder, verbose=verbose)
    else:
        _write(rendering, root, loaded.config.folder, force=force, verbose=verbose)


def _print(rendering: Rendering, folder: str, component: str | None) -> None:
    from generator.render.selection import select

    files = select(rendering.files, folder, component)
    for path, content in files.items():
        click.echo(f"---\n# {path}\n{content.decode()}", nl=False)


def _check(rendering: Rendering, repository: Path, folder: str, *, verbose: bool) -> None:
    from generator.render.tree import State, plan_changes

    changes = plan_changes(repository, folder, rendering.files, rendering.facts)
    _report(changes, verbose=verbose)
    if not changes.drift:
        return
    click.echo("The tree is not what the configuration renders to; run `raibid-gen render`.", err=True)
    if changes.of(State.KEPT):
        click.echo(
            "It leaves files edited by hand alone: put those changes into config.yaml or overlays/, "
            "or overwrite the files with `raibid-gen render --force`.",
            err=True,
        )
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

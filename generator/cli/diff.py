"""`raibid-gen diff`: what a change does to the cluster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.options import config_option, load_cluster, repository_option, repository_root
from generator.errors import Exit

if TYPE_CHECKING:
    from generator.check.diff import Side


@click.command(short_help="Show what a change does to the cluster.")
@click.argument("revisions", nargs=-1, metavar="[REV[..REV]]")
@config_option
@repository_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(["human", "markdown", "json"]),
    default="human",
    help="How to print the differences; markdown is for a comment on a pull request.",
)
@click.pass_context
def command(
    context: click.Context,
    revisions: tuple[str, ...],
    config_path: Path | None,
    repository: Path | None,
    format_: str,
) -> None:
    """Show what a change does, resource by resource and field by field.

    Without REV: what `render` would change now. REV: what changed from that Git revision to the working tree.
    REV..REV: from one revision to the other; REV...REV: to the second from where it left the first. Revisions
    are compared for all clusters of the repository, or with -c for the one that is configured there.
    Exit code 1 means that something differs, or could not be compared.

    \b
    Examples:
      raibid-gen diff                 before `render`: what config.yaml changes
      raibid-gen diff HEAD            after it: what a commit would change
      raibid-gen diff main...feature  what a branch changes
    """
    from generator.check.diff import compare, human, machine, markdown

    if revisions:
        before, after = _between_revisions(revisions, config_path, repository_root(repository))
    else:
        before, after = _render_and_tree(config_path, repository)
    report = compare(before, after)
    if format_ == "human":
        # click takes the colours out where the output is no terminal.
        click.echo(human(report, color=True), nl=False)
    else:
        click.echo(markdown(report) if format_ == "markdown" else machine(report), nl=False)
    context.exit(Exit.FINDING if report.different else Exit.FINE)


def _between_revisions(revisions: tuple[str, ...], config_path: Path | None, repository: Path) -> tuple[Side, Side]:
    from generator.check.diff import load_range, parse_range
    from generator.config import load_config

    clusters = [load_config(config_path).config.cluster.name] if config_path else []
    return load_range(repository, parse_range(revisions), clusters)


def _render_and_tree(config_path: Path | None, named: Path | None) -> tuple[Side, Side]:
    """The files as they are, and as `render` would leave them; only those that differ."""
    from generator.check.diff import Side
    from generator.disk import telling
    from generator.render import render_cluster
    from generator.render.tree import State, plan_changes

    loaded, repository = load_cluster(config_path, named)
    config = loaded.config
    rendering = render_cluster(config, repository)
    changes = plan_changes(repository, config.folder, rendering.files, rendering.facts)
    before: dict[str, bytes] = {}
    after: dict[str, bytes] = {}
    for change in changes.of(State.CREATED, State.CHANGED, State.REMOVED, State.KEPT):
        if change.state is not State.CREATED:
            with telling("read", repository / change.path):
                before[change.path] = (repository / change.path).read_bytes()
        if change.state is State.KEPT and change.path in rendering.files:
            after[change.path] = rendering.files[change.path]
        elif change.state in (State.CREATED, State.CHANGED):
            after[change.path] = change.content
    edited = frozenset(change.path for change in changes.of(State.KEPT))
    return Side("the files", before, edited=edited), Side(f"{loaded.path.as_posix()}, rendered", after)

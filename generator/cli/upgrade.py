"""`raibid-gen upgrade`: newer versions that fit each other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.options import config_option
from generator.errors import ConfigError, Exit

if TYPE_CHECKING:
    from generator.config.upgrades import Proposal


@click.command(short_help="Propose newer versions that fit each other.")
@config_option
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if there are newer versions.")
@click.option("--yes", is_flag=True, help="Do not ask before writing.")
def command(config_path: Path | None, *, check: bool, yes: bool) -> None:
    """Propose newer versions that fit each other, and write them into config.yaml.

    Only the versions that stand in config.yaml are replaced; all else in it stays as it is, byte for byte. A version
    is never lowered. What the change does is then shown by `diff` and written by `render`.
    """
    from generator.config import find_config, parse_config
    from generator.config.edit import rewrite
    from generator.config.load import read_config
    from generator.config.upgrades import propose

    path = find_config(config_path, Path())
    text = read_config(path)
    proposal = propose(text, path)
    _print(proposal, path)
    if not proposal.upgrades:
        return
    if check:
        raise SystemExit(Exit.FINDING)
    if not yes and not _confirmed(path):
        click.echo("Nothing was changed.")
        return
    rewrite(path, text, proposal.text)
    for warning in parse_config(proposal.text, path).warnings:
        click.echo(warning, err=True)
    click.echo(f"{path} is changed. See what that does with `raibid-gen diff`, write it with `raibid-gen render`.")


def _confirmed(path: Path) -> bool:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError("there is no terminal to ask on, so nothing was written; --yes writes, --check only looks")
    return click.confirm(f"Write this into {path}?")


def _print(proposal: Proposal, path: Path) -> None:
    upgrades = proposal.upgrades
    click.echo(f"{path}: " + ("newer versions that fit each other" if upgrades else "up to date"))
    if upgrades:
        click.echo()
    width = max((len(one.key) for one in upgrades), default=0)
    old_width = max((len(one.current) for one in upgrades), default=0)
    for one in upgrades:
        click.echo(f"  {one.key:{width}}  {one.current:{old_width}} -> {one.target}")
    for one in upgrades:
        for note in one.notes:
            _paragraph(f"{one.key}: {note}")
    for sentence in proposal.staying:
        _paragraph(sentence)
    if proposal.unwritten:
        _paragraph("Not in the file, so always as new as raibid-gen: " + ", ".join(proposal.unwritten) + ".")
    if upgrades:
        click.echo()


def _paragraph(text: str) -> None:
    click.echo("\n" + click.wrap_text(text, width=100, initial_indent="  ", subsequent_indent="    "))

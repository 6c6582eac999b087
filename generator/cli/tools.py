"""`raibid-gen tools`: the programs that validation runs."""

from __future__ import annotations

import click


@click.group()
def command() -> None:
    """Install and list the programs that `validate` runs."""


@command.command(short_help="Build kubeconform and kustomize.")
def install() -> None:
    """Build kubeconform and kustomize from their Go modules, once, into your cache. Needs Go and a network."""
    from generator.check.programs import install as build

    build(click.echo)


@command.command(name="list")
def list_() -> None:
    """Print each program, its wanted version, and where it is."""
    from generator.check.programs import PROGRAMS, locate

    for program in PROGRAMS.values():
        click.echo(f"{program.name}\t{program.version}\t{locate(program.name) or 'missing'}")

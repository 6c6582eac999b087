"""The cluster of the tests for a person: `python -m tests.cluster build|up|down|shell`."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys

import click

from generator.errors import OutsideError, RaibidError
from tests.cluster.node import network, sandbox
from tests.cluster.node.place import Cluster
from tests.cluster.node.processes import environment

_SHELL = f"{shlex.quote(sys.executable)} -m tests.cluster shell"


@click.group()
def main() -> None:
    """A real Kubernetes of one node, in a network namespace of its own."""


@main.command()
def build() -> None:
    """Build what the cluster is made of; the first time takes about half an hour."""
    sandbox.build(click.echo)


@main.command()
def up() -> None:
    """Bring the cluster up, and say how to use it."""
    if sandbox.find() is None:
        sandbox.up(click.echo, owner=None)
    click.echo(f"\nIts network is its own; kubectl and your programs reach it from a shell in there:\n\n    {_SHELL}\n")
    click.echo(f"or one by one:\n\n    {_SHELL} kubectl get pods -A\n\n`make cluster-down` removes every trace of it.")


@main.command()
def down() -> None:
    """Remove every trace of the cluster, also after a crash."""
    sandbox.down(click.echo)


@main.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def shell(command: tuple[str, ...]) -> None:
    """Run COMMAND, or a shell, in the cluster's network with its programs and kubeconfig."""
    cluster = sandbox.find()
    if cluster is None:
        raise click.ClickException("no cluster is up; `make cluster` brings one up")
    sys.exit(_run(cluster, command or (os.environ.get("SHELL", "/bin/sh"),)))


def _run(cluster: Cluster, command: tuple[str, ...]) -> int:
    variables = environment(cluster)
    program = shutil.which(command[0], path=variables["PATH"])
    if program is None:
        raise OutsideError(f"no program {command[0]} is there")
    with network.inside():
        return subprocess.run([program, *command[1:]], env=variables, check=False).returncode


if __name__ == "__main__":
    try:
        main(standalone_mode=False)
    except RaibidError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nstopped; `make cluster-down` removes what is there", err=True)
        sys.exit(130)

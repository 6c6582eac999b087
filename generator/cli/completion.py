"""`raibid-gen completion`: the script that makes a shell complete our commands."""

from __future__ import annotations

import os
from pathlib import Path

import click

from generator import contract

_SHELLS = ("bash", "zsh", "fish")
_VARIABLE = f"_{contract.PROGRAM}_COMPLETE".replace("-", "_").upper()


@click.command(short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(_SHELLS), required=False)
@click.pass_context
def command(context: click.Context, shell: str | None) -> None:
    """Print the completion script for SHELL; without it, for the one in $SHELL.

    \b
    To have it in every new shell:
      bash  echo 'source <(raibid-gen completion bash)' >> ~/.bashrc     (bash 4.4 or newer)
      zsh   echo 'source <(raibid-gen completion zsh)' >> ~/.zshrc       (after compinit)
      fish  raibid-gen completion fish > ~/.config/fish/completions/raibid-gen.fish
    """
    from click.shell_completion import get_completion_class

    shell = shell or _own_shell()
    completion = get_completion_class(shell)
    assert completion is not None, shell  # noqa: S101 - click has all of _SHELLS
    click.echo(completion(context.find_root().command, {}, contract.PROGRAM, _VARIABLE).source())


def _own_shell() -> str:
    shell = Path(os.environ.get("SHELL", "")).name
    if shell not in _SHELLS:
        named = f"$SHELL is {shell}, which is not known here" if shell else "$SHELL is not set"
        raise click.UsageError(f"{named}; name one of {', '.join(_SHELLS)}")
    return shell

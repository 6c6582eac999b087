"""The command line: which commands there are, and what an error becomes.

Commands are loaded when they are used, so that `--help` and completion stay fast: a command's module imports click
and its own library functions inside the function.
"""

from __future__ import annotations

import atexit
import gc
import sys
from importlib import import_module
from typing import Any

import click

from generator import contract
from generator.errors import Exit, RaibidError

# In the order in which a person meets them; each module generator/cli/<name>.py has a click command `command`.
COMMANDS = ("init", "render", "diff", "validate", "upgrade", "schema", "tools", "completion")


class _Commands(click.Group):
    """A group whose commands are modules of this package."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"{__name__}.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise click.UsageError(error.message + _suggestion(args[0]), ctx) from None


def _suggestion(word: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(word, COMMANDS, n=1)
    return f" Did you mean {close[0]}?" if close else ""


@click.group(
    cls=_Commands,
    epilog="Exit codes: 0 fine; 1 a finding; 2 usage or configuration error; 3 conflict; 4 something outside failed.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(contract.VERSION, prog_name=contract.PROGRAM)
def cli() -> None:
    """One config.yaml becomes a Git repository that Flux reconciles into a self-hosted CI cluster."""


def main(args: list[str] | None = None) -> Any:
    """Run the command line and leave with its exit code."""
    # The process is short-lived and most of what it makes lives to its end: looking for garbage, at exit too, would
    # take a tenth of its time.
    gc.disable()
    atexit.register(gc.freeze)
    try:
        cli.main(args=args, prog_name=contract.PROGRAM, standalone_mode=True)
    except RaibidError as error:
        click.echo(_message(error), err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output has left (`raibid-gen ... | head`): nothing more to say, and nobody to say it to.
        sys.stderr.close()
        sys.exit(Exit.FINE)


def _message(error: RaibidError) -> str:
    return click.style("error: ", fg="red", bold=True) + str(error)

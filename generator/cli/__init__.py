"""The command line: which commands there are, and what an error becomes.

Commands are loaded when they are used, so that `--help` and completion stay fast: a command's module imports click
and its own library functions inside the function.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from generator import contract
from generator.errors import Exit, RaibidError, closest

# In the order in which a person meets them; each module generator/cli/<name>.py has a click command `command`.
COMMANDS = ("init", "render", "diff", "validate", "upgrade", "schema", "tools", "completion")
_INTERRUPTED = 130  # as shells have it for CTRL-C


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

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # The reader of our output has left (`raibid-gen ... | head`): nothing more to say, and nobody to say it to.
            # Before click sees it, whose exit code 1 would be a finding here.
            _drop_output()
            ctx.exit(Exit.FINE)


def _suggestion(word: str) -> str:
    close = closest(word, COMMANDS)
    return f" Did you mean {close}?" if close else ""


@click.group(
    cls=_Commands,
    epilog="Exit codes: 0 fine; 1 a finding; 2 usage or configuration error; 3 conflict; 4 something outside failed.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(contract.VERSION, prog_name=contract.PROGRAM)
@click.pass_context
def cli(context: click.Context) -> None:
    """One config.yaml becomes a Git repository that Flux reconciles into a self-hosted CI cluster."""
    context.color = _color()


def _color() -> bool | None:
    """False where the user wants no colours, None where the terminal decides; https://no-color.org."""
    return False if os.environ.get("NO_COLOR") else None


def main(args: list[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code."""
    # The process is short-lived and most of what it makes lives to its end: looking for garbage, at exit too, would
    # take a tenth of its time.
    gc.disable()
    atexit.register(gc.freeze)
    try:
        sys.exit(cli.main(args=args, prog_name=contract.PROGRAM, standalone_mode=False) or Exit.FINE)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(_INTERRUPTED)
    except RaibidError as error:
        _tell(str(error))
        sys.exit(error.exit_code)
    except OSError as error:
        # Whatever was not foreseen: a full disk behind our output, too many open files.
        _drop_output()
        _tell(f"{error.filename or 'the system says'}: {error.strerror or error}")
        sys.exit(Exit.OUTSIDE)


def _tell(message: str) -> None:
    click.echo(click.style("error: ", fg="red", bold=True) + message, err=True, color=_color())


def _drop_output() -> None:
    """Let what is still to be printed go nowhere, so that it does not fail once more at the end."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

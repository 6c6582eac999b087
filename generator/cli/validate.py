"""`raibid-gen validate`: check manifests before Flux applies them."""

from __future__ import annotations

from pathlib import Path

import click

from generator.errors import Exit


@click.command(short_help="Check manifests before Flux applies them.")
@click.argument("path", type=click.Path(path_type=Path), default=".")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["human", "json", "junit", "github"]),
    default="human",
    help="How to print what was found.",
)
@click.option("--explain", metavar="ID", help="Print what a rule is about, and check nothing.")
@click.pass_context
def command(context: click.Context, path: Path, format_: str, explain: str | None) -> None:
    """Check PATH against schemas, builds and lint rules.

    PATH is a repository (every cluster in it), one cluster's folder, or manifests of which only the schemas are
    checked: a file, or a folder inside a cluster. Exit code 1 means an error was found; warnings do not count.
    """
    if explain is not None:
        from generator.check.explain import explain as explain_rule

        click.echo(explain_rule(explain), nl=False)
        return
    from generator.check.formats import FORMATS
    from generator.check.validate import validate

    result = validate(path)
    click.echo(FORMATS[format_](result))
    context.exit(Exit.FINDING if result.errors else Exit.FINE)

"""`raibid-gen schema`."""

from __future__ import annotations

import click


@click.command(short_help="Print the JSON Schema of config.yaml.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "markdown"]),
    default="json",
    help="json: the JSON Schema, for editors. markdown: the same for people. Default: json.",
)
def command(form: str) -> None:
    """Print what config.yaml may hold: every key, its default and what it means."""
    from generator.config import reference

    click.echo(reference.json_text() if form == "json" else reference.markdown(), nl=False)

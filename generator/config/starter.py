"""The text of a new config.yaml: main keys of every section, explained and with their defaults, both from the model."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel

from generator.config.model import Config
from generator.config.reference import field_docs
from generator.yamlio import dump_block

# Keys with a value in the file: what a person decides, and the versions, which `upgrade` then keeps new.
_WRITTEN: Final[dict[str, tuple[str, ...]]] = {
    "cluster": ("name", "arch", "profile"),
    "k3s": ("version",),
    "gitea": ("chart_version",),
    "redis": ("chart_version",),
    "keda": ("version",),
    "flux": ("version",),
    "agents": ("name", "max"),
}
# Keys that stand there as comments, with their defaults. docs/config.md and the JSON Schema have the others.
_SHOWN: Final[dict[str, tuple[str, ...]]] = {
    "cluster": ("namespace", "kubeconfig", "domain"),
    "k3s": ("manage", "data_dir", "disable", "nodes"),
    "gitea": ("url", "admin_user", "organization", "external_url", "storage", "mirrors", "repositories", "backup"),
    "redis": ("url", "stream_name", "consumer_group", "storage", "auth"),
    "keda": ("polling_interval", "cooldown_period"),
    "flux": ("git_repo", "branch", "interval", "receiver", "tenants"),
    "agents": ("mode", "min", "jobs_per_agent", "timeout", "resources", "node_selector", "gpu", "env", "build"),
    "api": ("image", "resources", "node_port", "ingress"),
    "monitoring": ("exporters", "pod_monitors", "dashboards"),
    "charts": ("gitea", "redis", "keda"),
    "images": ("prefix",),
    "secrets": ("mode", "age_recipients"),
}
# Defaults that follow from other keys: the property of Config that has them.
_DERIVED: Final[dict[tuple[str, str], str]] = {
    ("gitea", "url"): "gitea_url",
    ("gitea", "organization"): "organization",
    ("redis", "url"): "redis_url",
    ("flux", "git_repo"): "git_repo",
}
_HEAD: Final = """\
# yaml-language-server: $schema={schema}
#
# The CI cluster {name}. `raibid-gen render` writes the rest of this folder from this file.
# Keys behind a `#` have the value that is shown: take the `#` away, and that of the section, to change one.
"""
_WIDTH: Final = 108


def starter_config(config: Config, schema: str) -> str:
    """config.yaml for a cluster named, built and sized as `config.cluster`; its JSON Schema lies at `schema`."""
    parts = [_HEAD.format(schema=schema, name=config.cluster.name)]
    for section, about in field_docs(Config).items():
        lines = [*_prose(about), *_section(config, section)]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _section(config: Config, section: str) -> Iterator[str]:
    value = getattr(config, section)
    part, first = (value[0], "- ") if isinstance(value, list) else (value, "")
    model: type[BaseModel] = type(part)
    written, about = _WRITTEN.get(section, ()), field_docs(model)
    # A section of which nothing is written is a comment as a whole: an empty key is no mapping to an editor.
    margin = "  " if written else "#  "
    yield f"{section}:" if written else f"#{section}:"
    for key in (*written, *_SHOWN[section]):
        default = getattr(config, _DERIVED[section, key]) if (section, key) in _DERIVED else getattr(part, key)
        mark = "#" if written and key not in written else ""
        for line in _prose(about[key]):
            yield margin + line
        for line in _entry(key, default):
            yield f"{margin}{first}{mark}{line}"
            margin, first = margin + " " * len(first), ""


def _entry(key: str, default: Any) -> list[str]:
    if default is None:
        return [f"{key}:"]
    plain = default.model_dump(exclude_none=True) if isinstance(default, BaseModel) else default
    return dump_block({key: plain}).split("\n")


def _prose(text: str) -> list[str]:
    return textwrap.wrap(" ".join(text.split()), _WIDTH, initial_indent="# ", subsequent_indent="# ")

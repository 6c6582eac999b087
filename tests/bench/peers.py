"""Inputs for comparable programs, made from what raibid-gen renders, so that all write the same manifests.

The rendered files become templates: the values of tests/bench/config.py are taken out and put in again by the
program. A pool's files are a template for every pool; the others, and the 200 kB of Flux's own manifest, are there once.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from generator import contract
from generator.check.programs import locate
from generator.config import load_config
from generator.render import render_cluster
from tests.bench.config import CLUSTER, IMAGE, MAX, NAMESPACE, write_config
from tests.bench.runner import PEERS, Command

STATIC = Path(__file__).parent / "peers"
_POOL = "bench-pool"
_AGENTS = f"{contract.CLUSTERS_FOLDER}/{CLUSTER}/apps/agents"
_VERBATIM = "gotk-components.yaml"
_VALUES = {CLUSTER: "cluster", NAMESPACE: "namespace"}
_POOL_VALUES = {_POOL: "pool.name", IMAGE: "pool.image", str(MAX): "pool.max"}


@dataclass(frozen=True)
class Model:
    """A rendered cluster: a pool's files by name, all others by path."""

    pool: Mapping[str, str]
    fixed: Mapping[str, str]


@dataclass(frozen=True)
class Program:
    """A comparable program, and how its input is laid out below a folder."""

    name: str
    path: Path
    lay_out: Callable[[Path, Model, Sequence[str], Path], list[Command]]

    def prepare(self, model: Model, pools: Sequence[str], place: Path) -> list[Command]:
        """Write the input for `pools`; the commands to measure."""
        return self.lay_out(self.path, model, pools, place)


def reference(folder: Path) -> Model:
    """What raibid-gen renders for two pools; of the first, which has a stream's name of its own, nothing is taken."""
    config = load_config(write_config(folder / "config.yaml", ["first", _POOL])).config
    texts = {path: content.decode() for path, content in render_cluster(config, folder).files.items()}
    own = f"{_AGENTS}/{_POOL}/"
    pool = {path.removeprefix(own): text for path, text in texts.items() if path.startswith(own)}
    return Model(pool, {path: text for path, text in texts.items() if not path.startswith((own, f"{_AGENTS}/first/"))})


def available() -> list[Program]:
    return [Program(name, path, _LAYOUTS[name]) for name in _LAYOUTS if (path := _locate(name))]


def missing() -> dict[str, str]:
    """Why a program is not measured."""
    reasons = dict.fromkeys(_LAYOUTS, "not found; `make bench` puts it into .venv/peers") | {
        "kustomize": "not found; `raibid-gen tools install` builds it",
        "helm": "not on PATH",
    }
    return {name: reason for name, reason in reasons.items() if not _locate(name)}


def _locate(name: str) -> Path | None:
    if name == "kustomize":
        return locate(name)
    found = shutil.which(name, path=None if name == "helm" else str(PEERS))
    return Path(found) if found else None


def _jinja(text: str, values: Mapping[str, str]) -> str:
    text = re.sub(r"\{[{%#]", r'{{ "\g<0>" }}', text)
    for value, name in values.items():
        text = text.replace(value, f"{{{{ {name} }}}}")
    return text


def _helm(text: str, values: Mapping[str, str]) -> str:
    text = text.replace("{{", '{{ "{{" }}')
    for value, name in values.items():
        text = text.replace(value, f"{{{{ ${'' if name.startswith('pool.') else '.Values.'}{name} }}}}")
    return text


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _data(path: Path, pools: Sequence[str]) -> None:
    """The values as YAML, which JSON is."""
    rows = ",\n".join(json.dumps({"name": name, "image": IMAGE, "max": MAX}) for name in pools)
    _write(path, f'{{"cluster": "{CLUSTER}", "namespace": "{NAMESPACE}", "pools": [\n{rows}\n]}}\n')


def _fixed_templates(folder: Path, model: Model) -> None:
    for path, text in model.fixed.items():
        if path.endswith(_VERBATIM):
            _write(folder / path, text)
        else:
            _write(folder / f"{path}.jinja", _jinja(text, _VALUES))


def _makejinja(program: Path, model: Model, pools: Sequence[str], place: Path) -> list[Command]:
    """A template gives one file here, so that each pool has templates of its own, which include the common ones."""
    source = place / "makejinja"
    _fixed_templates(source, model)
    _data(place / "makejinja.yaml", pools)
    for name, text in model.pool.items():
        _write(source / "_pool" / f"{name}.jinja", _jinja(text, _VALUES | _POOL_VALUES))
        for number, pool in enumerate(pools):
            lines = f'{{% set pool = pools[{number}] %}}\n{{% include "_pool/{name}.jinja" %}}\n'
            _write(source / _AGENTS / pool / f"{name}.jinja", lines)
    options = ("--input", str(source), "--data", str(place / "makejinja.yaml"), "--exclude", "_pool/*", "--force")
    return _twice("makejinja", (str(program), *options), ("--output",), place)


def _copier(program: Path, model: Model, pools: Sequence[str], place: Path) -> list[Command]:
    source = place / "copier"
    shutil.copytree(STATIC / "copier", source)
    _fixed_templates(source, model)
    _data(place / "copier.yaml", pools)
    for name, text in model.pool.items():
        folder = "{% yield pool from pools %}{{ pool.name }}{% endyield %}"
        _write(source / _AGENTS / folder / f"{name}.jinja", _jinja(text, _VALUES | _POOL_VALUES))
    options = ("copy", "--force", "--quiet", "--data-file", str(place / "copier.yaml"), str(source))
    return _twice("copier", (str(program), *options), (), place)


def _twice(name: str, start: tuple[str, ...], option: tuple[str, ...], place: Path) -> list[Command]:
    """Into a folder that is not there, and once more over what is there."""
    new, again = place / f"{name}-new", place / f"{name}-again"
    return [
        Command(name, (*start, *option, str(new)), new, fresh=True),
        Command(f"{name}, again", (*start, *option, str(again)), again),
    ]


def _kustomize(program: Path, model: Model, pools: Sequence[str], place: Path) -> list[Command]:
    """A base for the pool, and for each pool a folder that gives it a name."""
    source = place / "kustomize"
    for name, text in model.pool.items():
        _write(source / "pool" / name, text)
    resources = []
    for path, text in model.fixed.items():
        if path.endswith((".yaml", ".yml")) and not path.endswith("/kustomization.yaml") and "/.gitea/" not in f"/{path}":
            _write(source / path, text)
            resources.append(path)
    for pool in pools:
        label = f"  - pairs:\n      {contract.LABEL_POOL}: {pool}\n    includeSelectors: true\n"
        _write(
            source / "pools" / pool / "kustomization.yaml",
            f"resources:\n  - ../../pool\nnameSuffix: -{pool}\nlabels:\n{label}",
        )
        resources.append(f"pools/{pool}")
    _write(source / "kustomization.yaml", "resources:\n" + "".join(f"  - {resource}\n" for resource in resources))
    return [Command("kustomize build", (str(program), "build", str(source)))]


def _helm_template(program: Path, model: Model, pools: Sequence[str], place: Path) -> list[Command]:
    """A chart whose template for the pools is a loop over them."""
    source = place / "helm"
    shutil.copytree(STATIC / "helm", source)
    _data(source / "values.yaml", pools)
    for path, text in model.fixed.items():
        if path.endswith(_VERBATIM):
            _write(source / "files" / _VERBATIM, text)
            _write(source / "templates" / _VERBATIM, f'{{{{ .Files.Get "files/{_VERBATIM}" }}}}\n')
        elif path.startswith(contract.CLUSTERS_FOLDER) and path.endswith(".yaml"):
            _write(source / "templates" / path, _helm(text, _VALUES))
    body = "".join(f"---\n{_helm(text, _VALUES | _POOL_VALUES)}" for text in model.pool.values())
    _write(source / "templates" / "pools.yaml", f"{{{{- range $pool := .Values.pools }}}}\n{body}{{{{- end }}}}\n")
    return [Command("helm template", (str(program), "template", "bench", str(source)))]


_LAYOUTS = {"makejinja": _makejinja, "copier": _copier, "kustomize": _kustomize, "helm": _helm_template}

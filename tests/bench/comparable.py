"""Inputs for comparable programs, made from what raibid-gen renders, so that all write the same manifests.

The rendered files become templates: names and values are taken out and put in again by the program, so that as many
expressions are filled in as in raibid-gen's own. A pool's files are a template for every pool; all others are there
once, among them 200 kB of Flux's own manifest, which is copied as it is.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from generator import contract
from generator.check.programs import locate
from tests.bench.config import CLUSTER, IMAGE, MAX, NAMESPACE, write_config
from tests.bench.runner import BIN, PEERS, Command

STATIC = Path(__file__).parent / "peers"
_POOL = "bench-pool"
_AGENTS = f"{contract.CLUSTERS_FOLDER}/{CLUSTER}/apps/agents"
_VERBATIM = "gotk-components.yaml"
_NAMES = {
    name: value
    for name, value in vars(contract).items()
    if isinstance(value, str) and re.match("LABEL_|ANNOTATION_|PART_OF|AGENT$|API$|BUILDKIT$|GITEA$|REDIS$", name)
}
_VALUES = {CLUSTER: "cluster", NAMESPACE: "namespace", **{value: f"names.{name}" for name, value in _NAMES.items()}}
_POOL_VALUES = {**_VALUES, _POOL: "pool.name", IMAGE: "pool.image", str(MAX): "pool.max"}


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
    config = write_config(folder / "config.yaml", ["first", _POOL])
    tree = folder / "tree"
    # By a process: this one has to stay small, see runner._peak.
    subprocess.run([BIN / "raibid-gen", "render", "-c", config, "-o", tree], check=True, stdout=subprocess.DEVNULL)
    files = (path for path in sorted(tree.rglob("*")) if path.is_file() and path.name != contract.LOCK_FILE)
    texts = {path.relative_to(tree).as_posix(): path.read_text() for path in files}
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
    return _templated(text, values, lambda name: name)


def _helm(text: str, values: Mapping[str, str]) -> str:
    return _templated(text, values, lambda name: f"${name}" if name.startswith("pool.") else f"$.Values.{name}")


def _templated(text: str, values: Mapping[str, str], spell: Callable[[str], str]) -> str:
    """`text` with an expression for each of `values`, and with what looks like one already written as a text."""
    found = re.compile("|".join([r"\{[{%#]", *map(re.escape, sorted(values, key=len, reverse=True))]))
    names = {value: spell(name) for value, name in values.items()}
    return found.sub(lambda match: f"{{{{ {names.get(match[0]) or json.dumps(match[0])} }}}}", text)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _data(path: Path, pools: Sequence[str]) -> None:
    """The values as YAML, which JSON is."""
    rows = ",\n".join(json.dumps({"name": name, "image": IMAGE, "max": MAX}) for name in pools)
    common = json.dumps({"cluster": CLUSTER, "namespace": NAMESPACE, "names": _NAMES})
    _write(path, f'{common[:-1]}, "pools": [\n{rows}\n]}}\n')


def _fixed_templates(folder: Path, model: Model) -> None:
    for path, text in model.fixed.items():
        if path.endswith(_VERBATIM):
            _write(folder / path, text)
        else:
            _write(folder / f"{path}.jinja", _jinja(text, _VALUES))


def _manifests(model: Model) -> Iterator[tuple[str, str]]:
    """The files that hold objects of Kubernetes."""
    for path, text in model.fixed.items():
        folder, _, name = path.rpartition("/")
        if folder.startswith(contract.CLUSTERS_FOLDER) and name.endswith(".yaml") and name != "kustomization.yaml":
            yield path, text


def _makejinja(program: Path, model: Model, pools: Sequence[str], place: Path) -> list[Command]:
    """A template gives one file here, so that each pool has templates of its own, which include the common ones."""
    source = place / "makejinja"
    _fixed_templates(source, model)
    _data(place / "makejinja.yaml", pools)
    for name, text in model.pool.items():
        _write(source / "_pool" / f"{name}.jinja", _jinja(text, _POOL_VALUES))
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
        _write(source / _AGENTS / folder / f"{name}.jinja", _jinja(text, _POOL_VALUES))
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
    for path, text in _manifests(model):
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
    for path, text in _manifests(model):
        if path.endswith(_VERBATIM):
            _write(source / "files" / _VERBATIM, text)
            _write(source / "templates" / _VERBATIM, f'{{{{ .Files.Get "files/{_VERBATIM}" }}}}\n')
        else:
            _write(source / "templates" / path, _helm(text, _VALUES))
    body = "".join(f"---\n{_helm(text, _POOL_VALUES)}" for text in model.pool.values())
    _write(source / "templates" / "pools.yaml", f"{{{{- range $pool := .Values.pools }}}}\n{body}{{{{- end }}}}\n")
    return [Command("helm template", (str(program), "template", "bench", str(source)))]


_LAYOUTS = {"makejinja": _makejinja, "copier": _copier, "kustomize": _kustomize, "helm": _helm_template}

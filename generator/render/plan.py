"""Which files a cluster consists of, from which template, with which values.

Templates lie as the files that they write. In a template's path CLUSTER stands for the cluster, COMPONENT, POOL and
TENANT for each of them. A path with a part that begins with `_` is a piece for other templates, and a file that would
be empty is not written. A folder without a kustomization.yaml of its own gets one that lists what is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator import contract
from generator.config import Config
from generator.errors import ConfigError
from generator.render.charts import charts
from generator.render.components import COMPONENTS, Component, wanted_components
from generator.render.engine import TEMPLATES_FOLDER, Engine, our_templates
from generator.render.flux_manifest import MANIFEST_PLACE, FluxManifest, flux_manifest
from generator.render.images import images
from generator.render.pools import pool_values
from generator.render.values import template_values

_CLUSTER = f"{contract.CLUSTERS_FOLDER}/CLUSTER/"
_KUSTOMIZATION = "kustomization.yaml"


@dataclass(frozen=True, slots=True)
class Rendering:
    """What a configuration renders to: `files` by path in the repository, and raibid.lock's other entries."""

    files: dict[str, bytes]
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What else in the repository decides: overlays and encrypted secrets of the user, and his own templates."""

    overlays: frozenset[str]
    secrets: tuple[str, ...]
    templates: Path


def render_cluster(config: Config, repository: Path) -> Rendering:
    """All generated files of a cluster but raibid.lock. Reads `repository`, writes nothing.

    Raises ConfigError for templates that fail, OutsideError when Flux's manifest has to be fetched and cannot be.
    """
    around = _look_around(config, repository)
    components = [*wanted_components(config), *_overlay_component(around)]
    engine = Engine([around.templates, our_templates()])
    values = template_values(config, components, around.overlays)
    manifest = flux_manifest(config, repository)
    texts = {f"{config.folder}/{MANIFEST_PLACE}": manifest.text}
    for name in _used_templates(engine):
        for path, more in _targets(name, config, components, values):
            text = engine.render(name, {**values, **more})
            if text.strip():
                texts[path] = text
    secrets = [f"{config.folder}/{contract.SECRETS_FOLDER}/{name}" for name in around.secrets]
    texts.update(_kustomizations(engine, config, components, [*texts, *secrets]))
    files = {path: text.encode() for path, text in sorted(texts.items())}
    return Rendering(files, _facts(config, manifest))


def _look_around(config: Config, repository: Path) -> Surroundings:
    folder = repository / config.folder
    overlays = (folder / contract.OVERLAYS_FOLDER).glob(f"**/{_KUSTOMIZATION}")
    secrets = (folder / contract.SECRETS_FOLDER).glob("*.sops.yaml") if config.secrets.mode == "sops" else ()
    return Surroundings(
        frozenset(path.parent.relative_to(folder).as_posix().partition("/")[2] for path in overlays),
        tuple(sorted(path.name for path in secrets)),
        repository / TEMPLATES_FOLDER,
    )


def _overlay_component(around: Surroundings) -> Iterator[Component]:
    """The user's own manifests, overlays/kustomization.yaml, come after everything else that is waited for."""
    if "" in around.overlays:
        names = tuple(component.name for component in COMPONENTS if component.waits)
        yield Component(contract.OVERLAYS_FOLDER, contract.OVERLAYS_FOLDER, names, lambda _: True)


def _used_templates(engine: Engine) -> Iterator[str]:
    for name in engine.names():
        is_piece = any(part.startswith("_") for part in name.split("/"))
        if not is_piece and name.startswith((_CLUSTER, f"{contract.WORKFLOWS_FOLDER}/")):
            yield name


def _targets(
    name: str, config: Config, components: list[Component], values: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The files that a template writes, each with the values that only it has."""
    if not name.startswith(_CLUSTER):
        yield name, {}
        return
    inside = name.removeprefix(_CLUSTER)
    path = f"{config.folder}/{inside}"
    if inside == "COMPONENT.yaml":
        for component in values["components"]:
            yield path.replace("COMPONENT", component["name"]), {"component": component}
    elif not _is_wanted(inside, components):
        return
    elif "/POOL/" in inside:
        for pool in config.agents:
            yield path.replace("/POOL/", f"/{pool.name}/"), {"pool": pool_values(config, pool)}
    elif "/TENANT/" in inside:
        for tenant in config.flux.tenants:
            yield path.replace("/TENANT/", f"/{tenant.name}/"), {"tenant": tenant}
    else:
        yield path, {}


def _is_wanted(inside: str, components: list[Component]) -> bool:
    """Whether a template's folder belongs to the cluster itself or to a component that is there."""
    if "/" not in inside or inside.startswith("flux-system/"):
        return True
    owner = next((one for one in COMPONENTS if inside.startswith(one.folder + "/")), None)
    if owner is None:
        folders = ", ".join(component.folder for component in COMPONENTS)
        raise ConfigError(f"{TEMPLATES_FOLDER}/{_CLUSTER}{inside}: no component has this folder; there are {folders}")
    return owner in components


def _kustomizations(
    engine: Engine, config: Config, components: list[Component], paths: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """kustomization.yaml of every folder of a component, listing the files and folders in it."""
    contents: dict[str, set[str]] = {}
    roots = {f"{config.folder}/{component.folder}" for component in components}
    for path in paths:
        child = path
        while "/" in child:
            folder, _, entry = child.rpartition("/")
            contents.setdefault(folder, set()).add(entry)
            if folder in roots:
                break
            child = folder
    for folder, entries in contents.items():
        inside_component = any(folder == root or folder.startswith(root + "/") for root in roots)
        if inside_component and _KUSTOMIZATION not in entries:
            yield f"{folder}/{_KUSTOMIZATION}", engine.render(_KUSTOMIZATION, {"resources": sorted(entries)})


def _facts(config: Config, manifest: FluxManifest) -> dict[str, Any]:
    used = charts(config)
    installed = {name: chart.version for name, chart in used.items()}
    return {
        "generator": contract.VERSION,
        "cluster": config.cluster.name,
        "namespace": config.cluster.namespace,
        "versions": {
            "k3s": config.k3s.version,
            "kubernetes": f"1.{config.kubernetes_minor}",
            "flux": config.flux.version,
            **installed,
            # Not the chart's version, which may be another.
            "keda": config.keda.version,
        },
        "charts": {name: {"chart": one.name, "version": one.version, "url": one.url} for name, one in used.items()},
        "images": images(config),
        "flux_manifest": {"source": manifest.source, "sha256": manifest.sha256},
    }

"""Choosing one component's files out of a rendering."""

from __future__ import annotations

from collections.abc import Mapping

from generator import contract
from generator.errors import ConfigError, closest
from generator.render.components import COMPONENTS

_FLUX = "flux"


def select(files: Mapping[str, bytes], folder: str, component: str | None) -> dict[str, bytes]:
    """The manifests of `component`, or of the whole cluster, in the order in which Flux applies them.

    `folder` is the cluster's. Raises ConfigError for a component that there is not.
    """
    folders = {_FLUX: contract.FLUX_NAMESPACE, **{one.name: one.folder for one in COMPONENTS}}
    if component is not None and component not in folders:
        close = closest(component, folders)
        hint = f"; did you mean {close}?" if close else f"; there are {', '.join(folders)}"
        raise ConfigError(f"--only {component}: no such component{hint}")
    chosen = [f"{folder}/{folders[component]}/"] if component else [f"{folder}/{one}/" for one in folders.values()]
    found = {
        path: files[path]
        for place in chosen
        for path in files
        if path.startswith(place) and not path.endswith("/kustomization.yaml")
    }
    if not found:
        raise ConfigError(f"--only {component}: this configuration has no such component")
    return found

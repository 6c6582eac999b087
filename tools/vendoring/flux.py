"""The Flux install manifests, composed as `flux install --export` composes them.

Flux's module holds kustomize bases that fetch each controller's manifests from a release. Here they come from Go
modules: CustomResourceDefinitions are generated from the controller's API module, Deployment and Services are those of
its `config/manager`. The proxy of Go modules lacks some versions: then a neighbouring one is used, and recorded.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from generator.versions import CURRENT, FLUX_CONTROLLERS
from generator.yamlio import dump_block, read_documents
from tools.vendoring.go import Module, Program, Programs, controller_gen, copy_folder, download
from tools.vendoring.kinds import is_definition, slim_definition


class Controller(NamedTuple):
    """From which versions of a controller's modules its part is taken: its API, its `config/manager`."""

    api: str
    config: str


class Distribution(NamedTuple):
    """From which versions a Flux version is composed, and by which generator its authors make definitions."""

    manifests: str
    generator: Program
    controllers: Mapping[str, Controller]


# In the order of `flux install`. The config/manager of kustomize- and notification-controller did not change
# between 2022-03 and 2026-08 (their Git histories), so a later version of it is what v2.2.0 has.
DISTRIBUTIONS: Final[Mapping[str, Distribution]] = {
    "v2.9.5": Distribution(
        "v2.9.5",
        controller_gen("v0.21.0"),
        {
            "source-controller": Controller(api="v1.9.5", config="v1.9.5"),
            "kustomize-controller": Controller(api="v1.9.5", config="v1.9.5"),
            "helm-controller": Controller(api="v1.6.4", config="v1.6.4"),
            "notification-controller": Controller(api="v1.9.4", config="v1.9.3"),
        },
    ),
    "v2.2.0": Distribution(
        "v2.2.3",
        controller_gen("v0.12.0", Module("golang.org/x/tools", "v0.38.0")),
        {
            "source-controller": Controller(api="v1.2.2", config="v1.2.3"),
            "kustomize-controller": Controller(api="v1.2.0", config="v1.9.5"),
            "helm-controller": Controller(api="v0.37.0", config="v0.37.2"),
            "notification-controller": Controller(api="v1.2.3", config="v1.9.3"),
        },
    ),
}
_NAMESPACE: Final = "flux-system"
_REGISTRY: Final = "ghcr.io/fluxcd"


class Part(NamedTuple):
    """A module and what is taken from it. `instead_of` is the version that the Flux version names, if another."""

    module: Module
    use: str
    instead_of: str | None


def parts(version: str) -> list[Part]:
    """Every module of which the manifest of a Flux version is composed."""
    distribution = DISTRIBUTIONS[version]
    found = [_part("flux2/v2", distribution.manifests, version, "kustomize bases, RBAC, policies")]
    for name, controller in distribution.controllers.items():
        tag = FLUX_CONTROLLERS[version][name]
        found.append(_part(f"{name}/api", controller.api, tag, "custom resource definitions"))
        found.append(_part(name, controller.config, tag, "Deployment and Services"))
    return found


def _part(name: str, taken: str, named: str, use: str) -> Part:
    return Part(_module(name, taken), use, None if taken == named else named)


def _module(name: str, version: str) -> Module:
    return Module(f"github.com/fluxcd/{name}", version)


def manifest_name(version: str) -> str:
    """The file in generator/components/ that holds the install manifest of a Flux version."""
    return f"flux-{version}.yaml"


def licence_text() -> bytes:
    """The licence of everything vendored. Needs `go` and the network."""
    return (download(_module("flux2/v2", DISTRIBUTIONS[CURRENT.flux].manifests)) / "LICENSE").read_bytes()


def build(version: str, programs: Programs, work: Path) -> str:
    """The install manifest of a Flux version. `work` is an empty folder. Needs `go` and the network."""
    distribution = DISTRIBUTIONS[version]
    manifests = work / "manifests"
    copy_folder(_module("flux2/v2", distribution.manifests), "manifests", manifests)
    for name, controller in distribution.controllers.items():
        base = manifests / "bases" / name
        _localise(base, controller)
        programs.definitions(distribution.generator, base / "api", base / "crd")
        _write(base / "crd/kustomization.yaml", _kustomization(resources=_names(base / "crd")))
    label_rule = read_documents((manifests / "install/labels.yaml").read_text(encoding="utf-8"))[0].value
    label_rule["labels"]["app.kubernetes.io/version"] = version
    _write(manifests / "labels.yaml", label_rule)
    (manifests / "roles").mkdir()
    _write(manifests / "roles/kustomization.yaml", _kustomization(resources=["../rbac"], nameSuffix=f"-{_NAMESPACE}"))
    shutil.copyfile(manifests / "install/namespace.yaml", manifests / "namespace.yaml")
    _write(manifests / "kustomization.yaml", overlay(FLUX_CONTROLLERS[version]))
    return to_manifest(version, (document.value for document in read_documents(programs.kustomize(manifests))))


def _localise(base: Path, controller: Controller) -> None:
    """Makes a controller's kustomize base take its definitions and its Deployment from folders inside it."""
    copy_folder(_module(base.name, controller.config), "config/manager", base / "manager")
    copy_folder(_module(f"{base.name}/api", controller.api), ".", base / "api")
    kustomization = read_documents((base / "kustomization.yaml").read_text(encoding="utf-8"))[0].value
    own = [resource for resource in kustomization["resources"] if not resource.startswith("https:")]
    _write(base / "kustomization.yaml", kustomization | {"resources": ["crd", "manager", *own]})


def overlay(controllers: Mapping[str, str]) -> dict[str, Any]:
    """The outermost kustomization, for controllers and their image tags: what `flux install` does by default."""
    return _kustomization(
        namespace=_NAMESPACE,
        resources=["namespace.yaml", "policies", "roles", *(f"bases/{name}" for name in controllers)],
        transformers=["labels.yaml"],
        images=[
            {"name": f"fluxcd/{name}", "newName": f"{_REGISTRY}/{name}", "newTag": tag}
            for name, tag in controllers.items()
        ],
        patches=[_patch(name) for name in controllers],
    )


def _patch(controller: str) -> dict[str, Any]:
    """The changes that `flux install` makes to every Deployment."""
    # The bases put --events-addr first, but for notification-controller, which receives the events itself.
    position = 0 if controller == "notification-controller" else 1
    pod = "/spec/template/spec"
    changes = [
        {"op": "add", "path": f"{pod}/nodeSelector", "value": {"kubernetes.io/os": "linux"}},
        {"op": "test", "path": f"{pod}/containers/0/args/{position}", "value": "--watch-all-namespaces"},
        {"op": "replace", "path": f"{pod}/containers/0/args/{position}", "value": "--watch-all-namespaces=true"},
    ]
    return {"target": {"kind": "Deployment", "name": controller}, "patch": json.dumps(changes)}


def to_manifest(version: str, documents: Iterable[Mapping[str, Any]]) -> str:
    """The text of an install manifest. Definitions lose their documentation; a comment says what the file is."""
    components = ", ".join(f"{name} {tag}" for name, tag in FLUX_CONTROLLERS[version].items())
    head = f"# Flux {version}: {components}.\n# Composed from the Flux authors' files (Apache-2.0); do not edit.\n"
    return head + "---\n".join(f"{dump_block(_slim(dict(document)))}\n" for document in documents)


def _slim(document: dict[str, Any]) -> dict[str, Any]:
    return slim_definition(document) if is_definition(document) else document


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _kustomization(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", **fields}


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")

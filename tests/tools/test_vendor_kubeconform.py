"""kubeconform with the vendored schemas: what it takes, and what it refuses with which words."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from generator.check.programs import find

GENERATOR = Path(__file__).parents[2] / "generator"
SCHEMAS = GENERATOR / "schemas"
CURRENT = ("kubernetes/v1.36", "flux/v2.9", "keda/v2.21", "monitoring/v0.95")
SEED = ("kubernetes/v1.28", "flux/v2.2", "keda/v2.12", "monitoring/v0.95")


def kubeconform(sets: Iterable[str], *paths: Path) -> list[dict[str, Any]]:
    """kubeconform's verdict on every resource in the files."""
    command = [str(find("kubeconform")), "-strict", "-verbose", "-output", "json"]
    for name in sets:
        command += [
            "-schema-location",
            f"{SCHEMAS / name}/{{{{.Group}}}}/{{{{.ResourceKind}}}}_{{{{.ResourceAPIVersion}}}}.json",
        ]
    result = subprocess.run([*command, *map(str, paths)], check=False, capture_output=True)
    return list(json.loads(result.stdout)["resources"])


@pytest.mark.parametrize("folder", sorted(SCHEMAS.glob("*/*/")), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_every_schema_compiles(folder: Path, tmp_path: Path) -> None:
    schemas = sorted(folder.rglob("*.json"))
    for number, schema in enumerate(schemas):
        properties = json.loads(schema.read_bytes())["properties"]
        identity = {key: properties[key]["enum"][0] for key in ("apiVersion", "kind")}
        (tmp_path / f"{number}.json").write_text(json.dumps({**identity, "metadata": {"name": "a"}, "nosuch": 1}))
    verdicts = kubeconform([f"{folder.parent.name}/{folder.name}"], *sorted(tmp_path.iterdir()))
    assert len(verdicts) == len(schemas)
    assert [verdict["msg"] for verdict in verdicts if "'nosuch' not allowed" not in verdict["msg"]] == []


@pytest.mark.parametrize(("version", "sets"), [("v2.9.5", CURRENT), ("v2.2.0", SEED)])
def test_the_flux_manifests_are_valid(version: str, sets: tuple[str, ...]) -> None:
    verdicts = kubeconform(sets, GENERATOR / f"components/flux-{version}.yaml")
    assert len(verdicts) > 30
    assert {verdict["status"] for verdict in verdicts} == {"statusValid"}


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, creationTimestamp: null}", id="null"),
        pytest.param(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: a}
            spec:
              containers:
                - name: a
                  resources: {limits: {cpu: 0.5, memory: 1Gi, nvidia.com/gpu: 1}}
                  livenessProbe: {httpGet: {port: http}}
                  readinessProbe: {httpGet: {port: 80}}
            """,
            id="numbers and texts",
        ),
        pytest.param(
            """
            apiVersion: v1
            kind: Secret
            metadata: {name: a}
            stringData: {password: "ENC[AES256_GCM,data:AAAA,type:str]"}
            sops: {version: 3.9.0, age: [{recipient: age1, enc: x}]}
            """,
            id="encrypted secret",
        ),
        pytest.param(
            """
            apiVersion: helm.toolkit.fluxcd.io/v2
            kind: HelmRelease
            metadata: {name: a}
            spec:
              interval: 10m
              suspend: null
              chart: {spec: {chart: a, version: 1.0.0, sourceRef: {kind: HelmRepository, name: a}}}
              values: {anything: {goes: [1, null, here]}}
            """,
            id="chart values",
        ),
        pytest.param(
            """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: things.example.org}
            spec:
              group: example.org
              names: {kind: Thing, plural: things}
              scope: Namespaced
              versions:
                - name: v1
                  served: true
                  storage: true
                  schema: {openAPIV3Schema: {type: object, properties: {a: {properties: {b: {type: string}}}}}}
            """,
            id="a schema in a schema",
        ),
    ],
)
def test_what_the_api_server_takes_is_valid(manifest: str, tmp_path: Path) -> None:
    [verdict] = verdicts_on(manifest, tmp_path)
    assert verdict["status"] == "statusValid", verdict["msg"]


REFUSED = {
    "metadata: {name: a, lables: {}}": ("v1 ConfigMap", "at '/metadata': additional properties 'lables' not allowed"),
    "metadata: null": ("v1 ConfigMap", "at '/metadata': got null, want object"),
    "data: {a: 1}": ("v1 ConfigMap", "at '/data/a': got number, want string"),
    "spec: {replcas: 1, selector: {}, template: {}}": (
        "apps/v1 Deployment",
        "at '/spec': additional properties 'replcas' not allowed",
    ),
    "spec: {selector: {}, template: {spec: {containers: [{name: a, ports: [{containerPort: http}]}]}}}": (
        "apps/v1 Deployment",
        "at '/spec/template/spec/containers/0/ports/0/containerPort': got string, want integer",
    ),
    "spec: {interval: 10m, releasName: a}": (
        "helm.toolkit.fluxcd.io/v2 HelmRelease",
        "at '/spec': additional properties 'releasName' not allowed",
    ),
    "spec: {interval: 10}": (
        "helm.toolkit.fluxcd.io/v2 HelmRelease",
        "at '/spec/interval': got number, want string",
    ),
    "spec: {interval: 10m}": (
        "helm.toolkit.fluxcd.io/v2beta2 HelmRelease",
        "could not find schema for HelmRelease",
    ),
    "spec: {scaleTargetRef: {name: a}, minReplicas: 0, triggers: [{type: redis-streams, metadata: {}}]}": (
        "keda.sh/v1alpha1 ScaledObject",
        "at '/spec': additional properties 'minReplicas' not allowed",
    ),
    "spec: {scaleTargetRef: {name: a}, triggers: [{type: redis-streams, metadata: {streamLength: 1}}]}": (
        "keda.sh/v1alpha1 ScaledObject",
        "at '/spec/triggers/0/metadata/streamLength': got number, want string",
    ),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_the_api_server_refuses_is_not_valid(text: str, tmp_path: Path) -> None:
    what, message = REFUSED[text]
    api_version, kind = what.split()
    metadata = "" if text.startswith("metadata") else "metadata: {name: a}\n"
    [verdict] = verdicts_on(f"apiVersion: {api_version}\nkind: {kind}\n{metadata}{text}\n", tmp_path)
    assert verdict["status"] in ("statusInvalid", "statusError")
    assert verdict["msg"].endswith(message)


def verdicts_on(manifest: str, folder: Path) -> list[dict[str, Any]]:
    """kubeconform's verdicts on a text, by the current set."""
    path = folder / "manifest.yaml"
    path.write_text(dedent(manifest), encoding="utf-8")
    return kubeconform(CURRENT, path)

"""One schema file for each kind, and slim custom resource definitions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tools.vendoring.kinds import custom_files, file_name, kubernetes_files, slim_definition, to_json

META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
SWAGGER = {
    "definitions": {
        META: {"type": "object", "properties": {"name": {"type": "string"}}},
        "Secret": {
            "type": "object",
            "properties": {"apiVersion": {"type": "string"}, "metadata": {"$ref": f"#/definitions/{META}"}},
            "x-kubernetes-group-version-kind": [{"group": "", "kind": "Secret", "version": "v1"}],
        },
    }
}
METADATA = {"type": "object", "properties": {"name": {"type": ["string", "null"]}}, "additionalProperties": False}


def definition(*versions: dict[str, Any]) -> dict[str, Any]:
    spec = {"group": "example.org", "names": {"kind": "Thing"}, "versions": list(versions)}
    metadata = {"name": "things.example.org", "creationTimestamp": None}
    return {"kind": "CustomResourceDefinition", "metadata": metadata, "spec": spec, "status": {}}


def version(name: str, *, served: bool = True) -> dict[str, Any]:
    schema = {"type": "object", "description": "a", "properties": {"spec": {"type": "object"}, "metadata": {}}}
    columns = [{"name": "Age", "description": "b", "jsonPath": ".a"}]
    return {
        "name": name,
        "served": served,
        "schema": {"openAPIV3Schema": schema},
        "additionalPrinterColumns": columns,
    }


@pytest.mark.parametrize(
    ("api_version", "kind", "expected"),
    [
        ("v1", "Secret", "v1/secret_v1.json"),
        ("apps/v1", "Deployment", "apps/deployment_v1.json"),
        ("keda.sh/v1alpha1", "ScaledObject", "keda.sh/scaledobject_v1alpha1.json"),
    ],
)
def test_a_file_is_called_as_kubeconform_asks_for_it(api_version: str, kind: str, expected: str) -> None:
    assert file_name(api_version, kind) == expected


def test_a_kind_of_kubernetes() -> None:
    files = kubernetes_files(SWAGGER, {"v1": ("Secret",)})
    assert json.loads(files["v1/secret_v1.json"]) == {
        "type": "object",
        "required": ["apiVersion", "kind", "metadata"],
        "properties": {
            "apiVersion": {"enum": ["v1"]},
            "kind": {"enum": ["Secret"]},
            "metadata": METADATA,
            "sops": {"type": "object"},
        },
        "additionalProperties": False,
    }


def test_a_kind_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        kubernetes_files(SWAGGER, {"v1": ("Deployment",)})


def test_each_served_version_of_a_custom_resource() -> None:
    files = custom_files([definition(version("v1"), version("v2"), version("v1beta1", served=False))], METADATA)
    assert list(files) == ["example.org/thing_v1.json", "example.org/thing_v2.json"]
    properties = json.loads(files["example.org/thing_v2.json"])["properties"]
    assert properties["apiVersion"] == {"enum": ["example.org/v2"]}
    assert properties["metadata"] == METADATA


def test_a_slim_definition() -> None:
    slim = slim_definition(definition(version("v1")))
    assert slim["metadata"] == {"name": "things.example.org"}
    assert "status" not in slim
    [only] = slim["spec"]["versions"]
    assert only["additionalPrinterColumns"] == [{"name": "Age", "jsonPath": ".a"}]
    assert "description" not in only["schema"]["openAPIV3Schema"]


def test_the_text_has_a_line_for_each_value_and_sorted_keys() -> None:
    assert to_json({"b": [1], "a": "x"}) == b'{\n"a":"x",\n"b":[\n1\n]\n}\n'

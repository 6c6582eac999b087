"""One schema file for each kind that kubeconform is to know. Pure.

A file is called as kubeconform's template `{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json` calls it. For the
core group, which has no name, kubeconform fills in the version: `v1/secret_v1.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from tools.vendoring.schema import Reducer, Schema, share, without_descriptions

Files = dict[str, bytes]

_META: Final = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_GROUP_VERSION_KIND: Final = "x-kubernetes-group-version-kind"
# Fields that a kind has in Git, and not in the API: SOPS encrypts a Secret and adds how (Flux decrypts it).
_EXTRA_FIELDS: Final[Mapping[tuple[str, str], Schema]] = {("v1", "Secret"): {"sops": {"type": "object"}}}


def file_name(api_version: str, kind: str) -> str:
    """apps/deployment_v1.json for apps/v1 Deployment, v1/secret_v1.json for v1 Secret."""
    group, _, version = api_version.rpartition("/")
    return f"{group or version}/{kind.lower()}_{version}.json"


def kubernetes_files(swagger: Schema, kinds: Mapping[str, Iterable[str]]) -> Files:
    """Files of Kubernetes' own kinds, given as apiVersion -> kinds. Raises KeyError for a kind that is not there."""
    definitions = swagger["definitions"]
    names = {
        (_api_version(served), served["kind"]): name
        for name, definition in definitions.items()
        for served in definition.get(_GROUP_VERSION_KIND, ())
    }
    metadata = object_meta(swagger)
    files: Files = {}
    for api_version, wanted in kinds.items():
        for kind in wanted:
            reducer = Reducer(definitions)
            schema = reducer.reduce(definitions[names[api_version, kind]])
            if reducer.recursive:
                schema["definitions"] = reducer.recursive
            files[file_name(api_version, kind)] = _kind_file(schema, metadata, api_version, kind)
    return files


def _api_version(served: Mapping[str, str]) -> str:
    return f"{served['group']}/{served['version']}" if served["group"] else served["version"]


def object_meta(swagger: Schema) -> Schema:
    """The strict form of every object's `metadata`."""
    definitions = swagger["definitions"]
    return Reducer(definitions).reduce(definitions[_META])


def custom_files(definitions: Iterable[Schema], metadata: Schema) -> Files:
    """Files of the custom resources that the given CustomResourceDefinitions serve, one for each version.

    A definition leaves `metadata` to the API server; `metadata` is its schema.
    """
    files: Files = {}
    for spec in (definition["spec"] for definition in definitions):
        for version in spec["versions"]:
            if version["served"]:
                api_version, kind = f"{spec['group']}/{version['name']}", spec["names"]["kind"]
                schema = Reducer({}).reduce(version["schema"]["openAPIV3Schema"])
                files[file_name(api_version, kind)] = _kind_file(schema, metadata, api_version, kind)
    return files


def _kind_file(schema: Schema, metadata: Schema, api_version: str, kind: str) -> bytes:
    identity = {"apiVersion": {"enum": [api_version]}, "kind": {"enum": [kind]}, "metadata": metadata}
    properties = schema["properties"] | identity | _EXTRA_FIELDS.get((api_version, kind), {})
    required = sorted({*schema.get("required", ()), "apiVersion", "kind", "metadata"})
    return to_json(share(schema | {"properties": properties, "required": required}))


def to_json(value: Any) -> bytes:
    """Small, and yet a line for each value, so that Git shows what changed."""
    return (json.dumps(value, sort_keys=True, indent=0, separators=(",", ":")) + "\n").encode()


def slim_definition(definition: Schema) -> Schema:
    """A CustomResourceDefinition as an install manifest needs it: without documentation and without a status."""
    spec = definition["spec"] | {"versions": [_slim_version(version) for version in definition["spec"]["versions"]]}
    metadata = {key: value for key, value in definition["metadata"].items() if value is not None}
    return {key: value for key, value in definition.items() if key != "status"} | {"metadata": metadata, "spec": spec}


def _slim_version(version: Schema) -> Schema:
    slim = version | {"schema": {"openAPIV3Schema": without_descriptions(version["schema"]["openAPIV3Schema"])}}
    if "additionalPrinterColumns" in version:
        slim["additionalPrinterColumns"] = [
            {key: value for key, value in column.items() if key != "description"}
            for column in version["additionalPrinterColumns"]
        ]
    return slim


def is_definition(document: Mapping[str, Any]) -> bool:
    """Whether a manifest is a CustomResourceDefinition."""
    return document.get("kind") == "CustomResourceDefinition"


def definitions_in(documents: Iterable[Schema]) -> Iterator[Schema]:
    """The CustomResourceDefinitions among `documents`."""
    return filter(is_definition, documents)

"""The vendored files: that they are what the scripts wrote, and that they are complete."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from generator.versions import FLUX_API_REMOVED, FLUX_CONTROLLERS, SCHEMA_SETS, flux_api_versions, flux_minor
from generator.yamlio import read_documents
from tools.vendoring import flux, sets
from tools.vendoring.kinds import definitions_in, file_name
from tools.vendoring.schema import Schema

GENERATOR = Path(__file__).parents[2] / "generator"
COMPONENTS, SCHEMAS = GENERATOR / "components", GENERATOR / "schemas"
SOURCES = {"GitRepository", "HelmRepository", "HelmChart", "OCIRepository", "Bucket"}
OTHERS = {"HelmRelease", "Kustomization", "Alert", "Provider", "Receiver"}
FLUX_KINDS = {"v2.2.0": SOURCES | OTHERS, "v2.9.5": SOURCES | OTHERS | {"ExternalArtifact"}}
LABELS = {"app.kubernetes.io/instance": "flux-system", "app.kubernetes.io/part-of": "flux"}


def manifest(version: str) -> list[Schema]:
    text = (COMPONENTS / flux.manifest_name(version)).read_text(encoding="utf-8")
    return [document.value for document in read_documents(text)]


@pytest.mark.parametrize("folder", [COMPONENTS, SCHEMAS], ids=lambda folder: folder.name)
def test_files_are_those_that_were_recorded(folder: Path) -> None:
    recorded = json.loads((folder / "sources.json").read_bytes())["sha256"]
    written_by_hand = {"README.md", "sources.json"}
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - written_by_hand
    assert {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names} == recorded


@pytest.mark.parametrize("folder", [COMPONENTS, SCHEMAS], ids=lambda folder: folder.name)
def test_every_source_has_a_licence_and_a_hash(folder: Path) -> None:
    sources = [s for part in json.loads((folder / "sources.json").read_bytes())["sources"].values() for s in part]
    modules = [source for source in sources if "module" in source]
    assert modules
    assert {source["licence"] for source in modules} == {"Apache-2.0"}
    assert all(source["sum"].startswith("h1:") for source in modules)


@pytest.mark.parametrize("version", flux.DISTRIBUTIONS)
def test_the_manifest_has_the_images_of_its_flux_version(version: str) -> None:
    images = {
        container["image"]
        for item in manifest(version)
        if item["kind"] == "Deployment"
        for container in item["spec"]["template"]["spec"]["containers"]
    }
    assert images == {f"ghcr.io/fluxcd/{name}:{tag}" for name, tag in FLUX_CONTROLLERS[version].items()}


@pytest.mark.parametrize("version", flux.DISTRIBUTIONS)
def test_the_manifest_defines_the_kinds_in_the_versions_that_flux_serves(version: str) -> None:
    served = {
        definition["spec"]["names"]["kind"]: {
            f"{definition['spec']['group']}/{item['name']}" for item in definition["spec"]["versions"] if item["served"]
        }
        for definition in definitions_in(manifest(version))
    }
    assert served.keys() == FLUX_KINDS[version]
    used = flux_api_versions(version)
    assert all(used[kind] in versions for kind, versions in served.items() if kind in used)
    removed = {api for api, minor in FLUX_API_REMOVED.items() if minor <= flux_minor(version)}
    assert not removed & set().union(*served.values())


@pytest.mark.parametrize("version", flux.DISTRIBUTIONS)
def test_every_object_of_the_manifest_has_fluxs_labels(version: str) -> None:
    expected = LABELS | {"app.kubernetes.io/version": version}
    assert all(item["metadata"]["labels"].items() >= expected.items() for item in manifest(version))


@pytest.mark.parametrize("version", flux.DISTRIBUTIONS)
def test_the_manifest_is_as_the_scripts_write_it(version: str) -> None:
    committed = (COMPONENTS / flux.manifest_name(version)).read_text(encoding="utf-8")
    assert flux.to_manifest(version, manifest(version)) == committed


@pytest.mark.parametrize(("name", "version"), sets.FLUX.items())
def test_the_schemas_of_flux_are_those_of_its_manifest(name: str, version: str) -> None:
    metadata = metadata_schema()
    text = (COMPONENTS / flux.manifest_name(version)).read_text(encoding="utf-8")
    folder = SCHEMAS / name
    committed = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.json")}
    assert sets.files_of_manifest(text, metadata) == committed


def metadata_schema() -> Schema:
    """As every schema has it; ConfigMap's is so small that no part of it is shared."""
    schema: dict[str, Any] = json.loads((SCHEMAS / "kubernetes/v1.36/v1/configmap_v1.json").read_bytes())
    return dict(schema["properties"]["metadata"])


@pytest.mark.parametrize("folder", sets.KUBERNETES)
def test_every_kind_of_kubernetes_that_we_want_has_its_schema(folder: str) -> None:
    wanted = {file_name(api, kind) for api, kinds in sets.KUBERNETES_KINDS.items() for kind in kinds}
    assert {path.relative_to(SCHEMAS / folder).as_posix() for path in (SCHEMAS / folder).rglob("*.json")} == wanted


def test_the_version_table_names_sets_that_are_there() -> None:
    named = {SCHEMAS / name / version for name, versions in SCHEMA_SETS.items() for version in versions}
    assert named <= {path for path in SCHEMAS.glob("*/*") if path.is_dir()}

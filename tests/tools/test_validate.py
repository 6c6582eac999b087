"""validate on trees: what passes, what does not, and what is said."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.check.finding import Finding
from generator.check.validate import Result, validate
from generator.errors import ConfigError

FIXTURES = Path(__file__).parents[1] / "fixtures" / "validate"
CLUSTER = "clusters/demo"

FILES = {
    "a-list.yaml": (1, "not an object: a Kubernetes object is a mapping, and this document is none"),
    "duplicate-key.yaml": (
        6,
        "Flux cannot read it: data: the key is there twice; it first stands in line 5",
    ),
    "hidden-document.yaml": (1, "1 of its objects cannot be checked, and kubectl may not see them either"),
    "in-a-list.yaml": (8, "additional properties 'binaryDta' not allowed"),
    "missing-field.yaml": (6, "spec: missing property 'selector'"),
    "not-an-object.yaml": (1, "not an object: missing 'kind' key"),
    "not-utf8.yaml": (1, "Flux cannot read it: it is not UTF-8"),
    "not-yaml.yaml": (4, "Flux cannot read it: a tab character; YAML is indented with spaces"),
    "old-api.yaml": (
        1,
        (
            "no schema for HelmRelease helm.toolkit.fluxcd.io/v2beta2: "
            "Kubernetes v1.36, Flux v2.9 and KEDA v2.21 have none, so it was not checked"
        ),
    ),
    "same-name.yaml": (1, "data: got string, want object (in one of the 2 of this name, in lines 1, 7)"),
    "unknown-field.yaml": (9, "spec.ports[0]: additional properties 'tragetPort' not allowed"),
    "unknown-kind.yaml": (
        1,
        (
            "no schema for Widget example.com/v1: "
            "Kubernetes v1.36, Flux v2.9 and KEDA v2.21 have none, so it was not checked"
        ),
    ),
    "wrong-case.yaml": (2, "kind: value must be 'ConfigMap'"),
    "wrong-type.yaml": (13, 'metadata.labels["app.kubernetes.io/version"]: got number, want string'),
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A valid repository of one's own to break."""
    return shutil.copytree(FIXTURES / "valid" / "repository", tmp_path / "repository")


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def the(result: Result, rule: str) -> Finding:
    (finding,) = [each for each in result.findings if each.rule == rule]
    return finding


@pytest.mark.parametrize("name", sorted(path.name for path in (FIXTURES / "invalid").iterdir()))
def test_an_invalid_file_is_told_with_its_line(name: str) -> None:
    result = validate(FIXTURES / "invalid" / name)
    line, message = FILES[name]
    assert [(each.path, each.line, each.message) for each in result.findings] == [(name, line, message)]
    assert result.invalid + result.skipped == 1


def test_every_valid_repository_passes() -> None:
    for path in (FIXTURES / "valid").iterdir():
        result = validate(path)
        assert (result.errors, result.invalid, result.skipped, result.notes) == ([], 0, 0, [])


def test_what_is_no_manifest_is_not_counted() -> None:
    result = validate(FIXTURES / "valid" / "repository")
    assert result.resources == 11
    assert {Path(path).name for path in result.files}.isdisjoint(
        {"config.yaml", "kustomization.yaml", "patch.yaml", "values.yaml"}
    )
    assert result.files[f"{CLUSTER}/apps/settings/more/empty.yaml"] == 0


def test_a_cluster_and_its_repository_are_judged_alike() -> None:
    root = FIXTURES / "valid" / "repository"
    assert validate(root / CLUSTER) == validate(root)


def test_of_a_folder_in_a_cluster_only_the_schemas_are_checked(repository: Path) -> None:
    replace(repository / CLUSTER / "apps/settings/settings.yaml", "colour: blue", "colour: 3")
    result = validate(repository / CLUSTER / "apps")
    assert [(each.rule, each.path, each.line) for each in result.findings] == [
        ("schema", f"{CLUSTER}/apps/settings/settings.yaml", 7)
    ]
    assert result.errors[0].mend == "Put the number in quotes."


def test_an_api_version_that_the_locked_flux_serves_passes(repository: Path) -> None:
    lock = repository / CLUSTER / "raibid.lock"
    old = shutil.copy(FIXTURES / "invalid" / "old-api.yaml", repository / CLUSTER / "apps" / "old.yaml")
    assert len(validate(Path(old)).errors) == 1
    replace(lock, "v2.9.5", "v2.2.0")
    assert validate(Path(old)).errors == []


def test_without_a_lock_the_current_versions_are_taken_and_told(repository: Path) -> None:
    (repository / CLUSTER / "raibid.lock").unlink()
    result = validate(repository)
    assert result.errors == []
    assert result.notes == [
        "demo: no raibid.lock, so it was checked against the newest schemas: Kubernetes v1.36, Flux v2.9 and KEDA v2.21"
    ]


def test_a_broken_lock_is_an_error(repository: Path) -> None:
    (repository / CLUSTER / "raibid.lock").write_text('{"files": {}}')
    with pytest.raises(ConfigError, match=r"raibid.lock: names no usable versions .*`raibid-gen render`"):
        validate(repository)


def test_a_missing_resource_fails_the_build_of_that_path(repository: Path) -> None:
    (repository / CLUSTER / "infrastructure/namespaces/raibid-ci.yaml").unlink()
    finding = the(validate(repository), "build")
    assert (finding.path, finding.subject) == (
        f"{CLUSTER}/namespaces.yaml",
        "Kustomization flux-system/namespaces",
    )
    assert finding.message.startswith(
        f"{CLUSTER}/infrastructure/namespaces does not build, so Flux applies nothing of it: accumulating resources"
    )
    assert str(repository) not in finding.message


def test_a_folder_without_kustomization_builds_as_flux_does_it(repository: Path) -> None:
    (repository / CLUSTER / "apps/settings/more/values.yaml").write_text("replicas: 3\n")
    finding = the(validate(repository), "build")
    assert finding.path == f"{CLUSTER}/settings.yaml"
    assert "missing Resource metadata" in finding.message


def test_a_patch_that_fits_nothing_fails_the_build(repository: Path) -> None:
    replace(repository / CLUSTER / "overlays/patch.yaml", "name: banner", "name: banana")
    assert "no matches for Id ConfigMap.v1.[noGrp]/banana.raibid-ci" in the(validate(repository), "build").message


def test_what_a_patch_spoils_is_found_in_the_built_object(repository: Path) -> None:
    replace(repository / CLUSTER / "overlays/patch.yaml", "text: good morning", "text: 7")
    finding = the(validate(repository), "schema")
    assert (finding.path, finding.subject) == (f"{CLUSTER}/overlays.yaml", "ConfigMap raibid-ci/banner")
    assert finding.message == f"as built from {CLUSTER}/overlays: data.text: got number, want string"


def test_patches_of_the_flux_kustomization_are_built_too(repository: Path) -> None:
    path = repository / CLUSTER / "settings.yaml"
    patch = "\n".join(
        ("  patches:", "    - target: {kind: ConfigMap}", "      patch: |", "        - {op: remove, path: /spec}", "")
    )
    path.write_text(path.read_text() + patch)
    assert "Unable to remove nonexistent key: spec" in the(validate(repository), "build").message


def test_what_is_wrong_in_file_and_build_is_told_once(repository: Path) -> None:
    replace(repository / CLUSTER / "overlays/banner.yaml", "\ndata:", "\ndatas: {}\ndata:")
    finding = the(validate(repository), "schema")
    assert (finding.path, finding.line) == (f"{CLUSTER}/overlays/banner.yaml", 6)


def test_a_custom_resource_is_held_against_the_users_schema(repository: Path) -> None:
    replace(repository / CLUSTER / "overlays/widget.yaml", "size: 3", "size: big")
    finding = the(validate(repository), "schema")
    assert (finding.line, finding.message) == (7, "spec.size: got string, want integer")


def test_without_the_users_schema_a_custom_resource_is_an_error(repository: Path) -> None:
    shutil.rmtree(repository / CLUSTER / "overlays/schemas")
    assert "Widget example.com/v1" in the(validate(repository), "schema").message


def test_an_object_that_sops_encrypted_passes(repository: Path) -> None:
    path = repository / CLUSTER / "apps" / "encrypted.yaml"
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: raibid-ci}\ndata: {a: 'ENC[x]'}\n"
    path.write_text(text + "sops: {mac: 'ENC[y]', version: 3.9.0}\n")
    assert validate(path).errors == []
    path.write_text(text + "sops: {}\n")
    assert [each.message for each in validate(path).errors] == ["additional properties 'sops' not allowed"]


def test_an_unreadable_file_is_told_and_stops_nothing_else(repository: Path) -> None:
    (repository / CLUSTER / "apps/gone.yaml").symlink_to("nowhere.yaml")
    replace(repository / CLUSTER / "apps/settings/settings.yaml", "colour: blue", "colour: 3")
    assert {Path(each.path).name for each in validate(repository / CLUSTER / "apps").errors} == {
        "gone.yaml",
        "settings.yaml",
    }


def test_each_cluster_has_its_own_versions(repository: Path) -> None:
    other = shutil.copytree(repository / CLUSTER, repository / "clusters/other")
    for path in other.rglob("*.yaml"):
        path.write_text(path.read_text().replace(CLUSTER, "clusters/other"))
    for name, version in (("demo", "v2.2.0"), ("other", "v2.9.5")):
        replace(repository / "clusters" / name / "raibid.lock", '"flux": "v2.9.5"', f'"flux": "{version}"')
        shutil.copy(FIXTURES / "invalid/old-api.yaml", repository / "clusters" / name / "old.yaml")
    found = [each.path for each in validate(repository).errors if each.rule == "schema"]
    assert found == ["clusters/other/old.yaml"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.mkdir(), "no manifest found; `raibid-gen render` writes a cluster's"),
        (lambda path: None, "there is no such file or folder"),
        (
            lambda path: (path.mkdir(), (path / "empty.yaml").write_text("# nothing\n")),
            "no manifest found, its YAML files are empty; `raibid-gen render` writes them",
        ),
        (lambda path: path.write_text("x"), "not a manifest in YAML; name a .yaml file, or the folder to build"),
    ],
)
def test_nothing_to_check_is_an_error(tmp_path: Path, make: Callable[[Path], object], message: str) -> None:
    path = tmp_path / "place"
    make(path)
    with pytest.raises(ConfigError) as caught:
        validate(path)
    assert str(caught.value) == f"{path}: {message}"


def test_a_configuration_is_no_manifest(repository: Path) -> None:
    config = repository / "clusters/new/config.yaml"
    config.parent.mkdir()
    config.write_text("{}\n")
    with pytest.raises(ConfigError, match=f"{config}: a configuration, which `raibid-gen render` checks; name"):
        validate(config)


def test_a_cluster_that_was_not_rendered_is_an_error(repository: Path) -> None:
    new = repository / "clusters" / "new"
    new.mkdir()
    (new / "config.yaml").write_text("{}\n")
    with pytest.raises(ConfigError, match=f"{new}: no manifest found; `raibid-gen render -c {new}/config.yaml`"):
        validate(repository)


def test_more_files_than_a_command_line_holds(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 50)
    folder.mkdir()
    text = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "x"}})
    for number in range(3000):
        (folder / f"{number:0200}.yaml").write_text(text)
    (folder / f"{2999:0200}.yaml").write_text(text.replace('"v1"', '"v3"'))
    result = validate(tmp_path)
    assert (result.resources, result.invalid) == (3000, 1)

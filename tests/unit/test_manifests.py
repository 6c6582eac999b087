"""What is read of a cluster's folder, and what Flux would apply of it."""

from __future__ import annotations

from pathlib import Path

from generator.check.repository.manifests import Repository, load_repository
from tests.support import build_file_tree

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  namespace: default\n"


def config_map(name: str = "settings") -> str:
    return CONFIG_MAP.format(name=name)


def load(root: Path, files: dict[str, str], cluster: str = "clusters/one") -> Repository:
    build_file_tree(root, {f"{cluster}/{path}": text for path, text in files.items()})
    return load_repository(root, root / cluster)


def sync(name: str, path: str, more: str = "") -> str:
    return (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        f"metadata:\n  name: {name}\n  namespace: flux-system\n"
        f"spec:\n  path: {path}\n{more}  sourceRef:\n    kind: GitRepository\n    name: flux-system\n"
    )


def applied(repository: Repository) -> dict[str, str]:
    return {item.path.removeprefix("clusters/one/"): item.subject for item in repository.applied}


def test_without_kustomization_every_file_is_applied(tmp_path: Path) -> None:
    repository = load(tmp_path, {"a.yaml": config_map("a"), "deep/b.yml": config_map("b"), ".hidden.yaml": "x"})
    assert applied(repository) == {"a.yaml": "ConfigMap default/a", "deep/b.yml": "ConfigMap default/b"}


def test_a_folder_below_with_a_kustomization_is_built_by_it(tmp_path: Path) -> None:
    files = {"deep/kustomization.yaml": "resources: [b.yaml]\n", "deep/b.yaml": config_map("b")}
    repository = load(tmp_path, {**files, "deep/c.yaml": config_map("c"), "a.yaml": config_map("a")})
    assert sorted(applied(repository)) == ["a.yaml", "deep/b.yaml"]


def test_owners_follow_the_flux_kustomizations(tmp_path: Path) -> None:
    files = {"kustomization.yaml": "resources: [sync.yaml]\n", "sync.yaml": sync("app", "./clusters/one/app")}
    repository = load(tmp_path, {**files, "app/a.yaml": config_map()})
    found = repository.find("ConfigMap", "default", "settings")
    assert found is not None
    assert found.owners == (("flux-system", "app"),)


def test_kustomizations_outside_the_cluster_are_followed(tmp_path: Path) -> None:
    build_file_tree(tmp_path, {"shared/a.yaml": config_map()})
    repository = load(tmp_path, {"sync.yaml": sync("shared", "./shared")})
    assert [item.path for item in repository.of("ConfigMap")] == ["shared/a.yaml"]


def test_another_repositorys_kustomization_is_not_followed(tmp_path: Path) -> None:
    files = {"kustomization.yaml": "resources: [sync.yaml]\n", "app/a.yaml": config_map()}
    foreign = sync("app", "./clusters/one/app").replace("name: flux-system\n", "name: tenant\n")
    repository = load(tmp_path, {**files, "sync.yaml": foreign})
    assert list(repository.of("ConfigMap")) == []


def test_kustomizes_namespace_wins_over_the_files(tmp_path: Path) -> None:
    files = {"kustomization.yaml": "namespace: outer\nresources: [inner]\n"}
    inner = {"inner/kustomization.yaml": "namespace: inner\nresources: [a.yaml]\n", "inner/a.yaml": config_map()}
    repository = load(tmp_path, {**files, **inner})
    assert applied(repository) == {"inner/a.yaml": "ConfigMap outer/settings"}


def test_fluxs_target_namespace_wins_over_kustomizes(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": "resources: [sync.yaml]\n",
        "sync.yaml": sync("app", "./clusters/one/app", "  targetNamespace: target\n"),
    }
    app = {"app/kustomization.yaml": "namespace: inner\nresources: [a.yaml]\n", "app/a.yaml": config_map()}
    assert applied(load(tmp_path, {**files, **app}))["app/a.yaml"] == "ConfigMap target/settings"


def test_cluster_wide_kinds_get_no_namespace(tmp_path: Path) -> None:
    files = {"kustomization.yaml": "namespace: outer\nresources: [a.yaml]\n"}
    repository = load(tmp_path, {**files, "a.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"})
    assert applied(repository) == {"a.yaml": "Namespace a"}


def test_items_of_a_list_are_objects_with_their_own_lines(tmp_path: Path) -> None:
    items = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata:\n    name: b\n"
    (manifest,) = load(tmp_path, {"a.yaml": items}).applied
    assert (manifest.subject, manifest.line, manifest.mark(("metadata", "name")).line) == ("Secret b", 4, 7)


def test_schemas_are_passed_over_and_lines_stay_right(tmp_path: Path) -> None:
    crd = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: as.b\nspec:\n"
        "  group: b\n  versions:\n  - name: v1\n    schema:\n      deep: [1]\n  scope: Cluster\n  names:\n    kind: A\n"
    )
    repository = load(tmp_path, {"a.yaml": f"{crd}---\n{config_map()}"})
    definition, settings = repository.applied
    assert definition.spec == {"group": "b", "versions": [], "scope": "Cluster", "names": {"kind": "A"}}
    assert (definition.mark(("spec", "scope")).line, settings.line) == (11, 15)


def test_patches_are_no_manifests(tmp_path: Path) -> None:
    files = {"kustomization.yaml": "resources: [a.yaml]\npatches: [{path: p.yaml}]\n", "p.yaml": config_map("p")}
    assert [item.name for item in load(tmp_path, {**files, "a.yaml": config_map("a")}).manifests] == ["a"]


def test_a_folder_that_includes_itself_ends(tmp_path: Path) -> None:
    files = {"kustomization.yaml": "resources: [a]\n", "a/kustomization.yaml": "resources: [../../one]\n"}
    (missing,) = load(tmp_path, files).missing
    assert missing.reason == "../../one: it includes itself"


def test_a_file_that_cannot_be_read_is_one_problem(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"a: \xff\n")
    (problem,) = load_repository(tmp_path, tmp_path).problems
    assert problem.message == "cannot be read: it is not UTF-8: Flux stops here, and applies nothing of the folder"


def test_namespace_and_versions_come_from_the_lock(tmp_path: Path) -> None:
    assert load(tmp_path, {"kustomization.yaml": "resources: []\n"}).namespace == "raibid-ci"
    lock = '{"files": {}, "namespace": "mine", "versions": {"flux": "v2.9.5"}}'
    repository = load(tmp_path, {"raibid.lock": lock})
    assert (repository.namespace, repository.versions) == ("mine", {"flux": "v2.9.5"})

"""What a path given to `validate` means: a repository, one cluster, or some manifests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from generator.check.repository.paths import KUSTOMIZATION_NAMES, yaml_files
from generator.contract import CLUSTERS_FOLDER, CONFIG_FILE, LOCK_FILE, PROGRAM
from generator.errors import ConfigError


@dataclass(frozen=True)
class Scope:
    """Manifests of one cluster, their paths relative to `root`.

    `whole` says whether they are all of the cluster's, so that builds and references between objects can be checked.
    """

    root: Path
    cluster: Path
    paths: list[str]
    whole: bool


def scopes(path: Path) -> list[Scope]:
    """A scope for each cluster that `path` (absolute) means. Raises ConfigError when there is no manifest in it."""
    if path.is_file():
        found = [_file(path)]
    elif not path.is_dir():
        raise ConfigError(f"{path}: there is no such file or folder")
    elif (path / CLUSTERS_FOLDER).is_dir():
        folders = sorted(each for each in (path / CLUSTERS_FOLDER).iterdir() if each.is_dir())
        found = [_cluster(path, each) for each in folders]
    elif (cluster := _cluster_above(path)) == path:
        found = [_cluster(path.parent.parent, path)]
    elif cluster:
        root = cluster.parent.parent
        found = [Scope(root, cluster, _manifests(root, path, cluster), whole=False)]
    else:
        found = [Scope(path, path, _manifests(path, path, path), whole=True)]
    found = [scope for scope in found if scope.paths]
    if not found:
        raise ConfigError(f"{path}: no manifest found; `{PROGRAM} render` writes a cluster's")
    return found


def _file(path: Path) -> Scope:
    if path.name == CONFIG_FILE and path.parent.parent.name == CLUSTERS_FOLDER:
        raise ConfigError(
            f"{path}: a configuration, which `{PROGRAM} render` checks; name {path.parent} for what it renders to"
        )
    if path.name in KUSTOMIZATION_NAMES or path.suffix not in (".yaml", ".yml"):
        raise ConfigError(f"{path}: not a manifest in YAML; name a .yaml file, or the folder to build")
    cluster = _cluster_above(path.parent)
    root = cluster.parent.parent if cluster else path.parent
    return Scope(root, cluster or root, [path.relative_to(root).as_posix()], whole=False)


def _cluster(root: Path, cluster: Path) -> Scope:
    scope = Scope(root, cluster, _manifests(root, cluster, cluster), whole=True)
    config = cluster / CONFIG_FILE
    if not scope.paths and (config.is_file() or (cluster / LOCK_FILE).is_file()):
        raise ConfigError(f"{cluster}: no manifest found; `{PROGRAM} render -c {config}` writes them")
    return scope


def _cluster_above(folder: Path) -> Path | None:
    """The cluster's folder, clusters/<name>, that `folder` is or lies in."""
    return next((each for each in (folder, *folder.parents) if each.parent.name == CLUSTERS_FOLDER), None)


def _manifests(root: Path, folder: Path, cluster: Path) -> list[str]:
    """YAML files that are manifests by their name. config.yaml and kustomization.yaml are none."""
    config = (cluster / CONFIG_FILE).relative_to(root).as_posix()
    found = yaml_files(root, folder.relative_to(root).as_posix())
    return [path for path in found if path != config and path.rpartition("/")[2] not in KUSTOMIZATION_NAMES]

"""Which newer versions a config.yaml could have, and what to mind on the way there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from generator import versions
from generator.config.checks import cross_check
from generator.config.edit import KeyPath, replace_values
from generator.config.load import parse_config, read_document
from generator.config.model import Config
from generator.config.problems import dotted
from generator.versions import VersionSet

# Keys that hold a version, and the part of a version set that each follows.
_KEYS: dict[KeyPath, str] = {
    ("k3s", "version"): "k3s",
    ("flux", "version"): "flux",
    ("keda", "version"): "keda",
    ("keda", "chart"): "keda",
    ("gitea", "chart_version"): "gitea",
    ("redis", "chart_version"): "redis",
}


@dataclass(frozen=True, slots=True)
class Upgrade:
    """One key with its version now and then. `notes` are sentences on what to mind."""

    key: str
    current: str
    target: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to change, and `text`, the configuration with that done.

    `staying` are sentences on keys that have older or newer versions than ours and stay; `unwritten` are keys that
    are not in the file, with the version that they have without.
    """

    upgrades: tuple[Upgrade, ...]
    staying: tuple[str, ...]
    unwritten: tuple[str, ...]
    text: str


def propose(text: str, path: Path) -> Proposal:
    """The newest version set that fits the configuration in `text` (which `path` names in messages).

    A version is never lowered. The configuration may fail the checks between its keys, since versions that do not fit
    are what an upgrade mends. Raises ConfigError if it is invalid otherwise, or would be afterwards.
    """
    value = read_document(text, path).value or {}
    try:
        config = Config.model_validate(value)
    except ValidationError:
        parse_config(text, path)
        raise
    written = _written(value)
    staying = list(_staying(config, written))
    for wanted in sorted(versions.VERSION_SETS.values(), key=lambda one: order(one.k3s), reverse=True):
        targets = _targets(config, written, wanted)
        edited = replace_values(text, targets, path)
        if not (misfit := _misfit(config, edited, path)):
            break
        staying.append(f"k3s {wanted.k3s} with Flux {wanted.flux} and KEDA {wanted.keda} does not fit here: {misfit}.")
    else:
        targets, edited = {}, text
    parse_config(edited, path)
    upgrades = (Upgrade(dotted(key), written[key], new, _notes(config, key, new)) for key, new in targets.items())
    return Proposal(tuple(upgrades), tuple(staying), _unwritten(config, written), edited)


def order(version: str) -> tuple[tuple[int, ...], bool, str]:
    """What versions of one component are sorted by; `12.7.0-rc1` comes before `12.7.0`."""
    main, _, early = version.partition("-")
    return tuple(int(number) for number in re.findall(r"\d+", main)), not early, early


def _written(value: dict[str, Any]) -> dict[KeyPath, str]:
    found = {(section, key): (value.get(section) or {}).get(key) for section, key in _KEYS}
    return {key: version for key, version in found.items() if version is not None}


def _targets(config: Config, written: dict[KeyPath, str], wanted: VersionSet) -> dict[KeyPath, str]:
    newest = {key: getattr(wanted, _KEYS[key]) for key in written if not _kept(config, key)}
    return {key: new for key, new in newest.items() if order(new) > order(written[key])}


def _kept(config: Config, key: KeyPath) -> str:
    """Why a key is not ours to change, or nothing."""
    reasons = {
        "k3s": "" if config.k3s.manage else "k3s.manage is false, so it says which Kubernetes you run",
        "flux": "flux.manifest holds the manifest of this version; change both, or take flux.manifest out"
        if config.flux.manifest
        else "",
        "gitea": "gitea.url lies outside the cluster, so the chart is not used" if config.gitea_is_external else "",
        "redis": "redis.url lies outside the cluster, so the chart is not used" if config.redis_is_external else "",
    }
    return reasons.get(key[0], "")


def _staying(config: Config, written: dict[KeyPath, str]) -> Iterator[str]:
    for key, version in written.items():
        newest = getattr(versions.CURRENT, _KEYS[key])
        if order(version) > order(newest):
            yield f"{dotted(key)} stays {version}: newer than {newest}, the newest that raibid-gen knows."
        elif order(version) < order(newest) and (reason := _kept(config, key)):
            yield f"{dotted(key)} stays {version}: {reason}."


def _unwritten(config: Config, written: dict[KeyPath, str]) -> tuple[str, ...]:
    missing = [key for key in _KEYS if key not in written and key != ("keda", "chart")]
    return tuple(f"{dotted(key)} {getattr(getattr(config, key[0]), key[1])}" for key in missing)


def _misfit(config: Config, edited: str, path: Path) -> str:
    """Why the edited configuration is no good: an error, or more warnings than before."""
    before = cross_check(config)
    after = cross_check(Config.model_validate(read_document(edited, path).value or {}))
    errors = [problem for problem in after if problem.severity == "error"]
    worse = errors or ([one for one in after if one not in before] if len(after) > len(before) else [])
    return "; ".join(f"{dotted(problem.path)}: {problem.message}" for problem in worse)


def _notes(config: Config, key: KeyPath, target: str) -> tuple[str, ...]:
    """What to mind when `key` goes from its version in `config` to `target`."""
    current = getattr(getattr(config, key[0]), key[1])
    return tuple(_NOTES[key](config, current, target)) if key in _NOTES else ()


def _k3s_notes(config: Config, current: str, target: str) -> Iterator[str]:
    old, new = versions.kubernetes_minor(current), versions.kubernetes_minor(target)
    if new > old + 1:
        way = " -> ".join(f"1.{minor}" for minor in range(old, new + 1))
        yield (
            f"Kubernetes never skips a minor. A cluster that runs goes {way}: the newest k3s of each in k3s.version, "
            f"one after the other. A new cluster begins with {target}."
        )
    if config.k3s.airgap.binary or config.k3s.airgap.images:
        yield f"k3s.airgap must name the files of {target}."


def _flux_notes(config: Config, current: str, target: str) -> Iterator[str]:
    new = versions.flux_minor(target)
    lowest = versions.FLUX_KUBERNETES[new][0] if new in versions.FLUX_KUBERNETES else 0
    if config.kubernetes_minor < lowest:
        yield f"{target} starts on Kubernetes 1.{lowest} or newer: k3s goes first."
    served, later = versions.flux_api_versions(current), versions.flux_api_versions(target)
    removed = versions.FLUX_API_REMOVED
    gone = [kind for kind, api in served.items() if api != later[kind] and removed.get(api, new + 1) <= new]
    if not gone:
        return
    first = max(since for kind in gone for since, api in versions.FLUX_API_VERSIONS[kind] if api == later[kind])
    last = min(removed[served[kind]] for kind in gone) - 1
    kinds = ", ".join(f"{kind} {served[kind].rpartition('/')[2]}" for kind in gone)
    between = f"v2.{first}" if first == last else f"v2.{first} to v2.{last}"
    yield (
        f"{target} serves no {kinds} any more. A cluster that runs stores objects in these versions, and its API "
        f"server refuses the new CRDs until they are migrated: install one of {between} first and run "
        "`flux migrate`. A new cluster needs none of this."
    )


def _keda_notes(config: Config, current: str, target: str) -> Iterator[str]:
    minor = versions.chart_version(target)[1]
    low, high = versions.KEDA_KUBERNETES.get(minor, (0, 0))
    if config.kubernetes_minor < low:
        yield f"KEDA {target} is tested on Kubernetes 1.{low} to 1.{high}: k3s goes first."
    yield "While KEDA's pods change, no agent is added or taken away; jobs that run go on."


def _gitea_notes(config: Config, current: str, target: str) -> Iterator[str]:
    apps = versions.GITEA_APP_VERSIONS
    programs = f" ({apps[current]} -> {apps[target]})" if current in apps and target in apps else ""
    yield f"Gitea itself changes{programs} and migrates its database at the start; no way leads back: back up first."
    old, new = versions.chart_version(current), versions.chart_version(target)
    if old[:2] < versions.GITEA_CHART_OCI_SINCE <= new[:2]:
        yield "The chart now comes from an OCI registry; `render` writes the new source."
    if old[:2] < versions.GITEA_CHART_VALKEY_SINCE <= new[:2]:
        yield "The chart's values have changed; `render` writes the new ones."
    yield "`raibid-gen validate` names the security holes of the version that you leave."
    if config.charts.gitea:
        yield f"{config.charts.gitea} must hold the chart {target}."


def _redis_notes(config: Config, current: str, target: str) -> Iterator[str]:
    yield "The queue restarts once; its jobs are on its volume, and agents wait for it."


_NOTES: dict[KeyPath, Callable[[Config, str, str], Iterator[str]]] = {
    ("k3s", "version"): _k3s_notes,
    ("flux", "version"): _flux_notes,
    ("keda", "version"): _keda_notes,
    ("gitea", "chart_version"): _gitea_notes,
    ("redis", "chart_version"): _redis_notes,
}

"""Versions that must fit each other: an error where something would not start, a warning past what was tested."""

from __future__ import annotations

from collections.abc import Iterator

from generator import versions
from generator.config.model import Config
from generator.config.problems import Problem

_OLDEST_GITEA_CHART = 9
_NEWEST_GITEA_CHART = versions.chart_version(versions.CURRENT.gitea)[0]


def flux(config: Config) -> Iterator[Problem]:
    path = ("flux", "version")
    version, kubernetes = config.flux.version, config.kubernetes_minor
    minor = versions.flux_minor(version)
    known = versions.FLUX_KUBERNETES
    if minor not in known:
        yield Problem(path, f"{version} is not known; raibid-gen knows Flux v2.{min(known)} to v2.{max(known)}")
        return
    lowest, newest = known[minor]
    if kubernetes < lowest:
        fitting = max((one for one in known if known[one][0] <= kubernetes), default=None)
        mend = f", or take Flux v2.{fitting}" if fitting is not None else ""
        text = f"{version} does not start on Kubernetes 1.{kubernetes}; it needs k3s v1.{lowest} or newer{mend}"
        yield Problem(path, text)
    elif newest and kubernetes > newest:
        yield Problem(path, f"{version} is tested up to Kubernetes 1.{newest}, k3s brings 1.{kubernetes}", "warning")


def flux_components(config: Config) -> Iterator[Problem]:
    path = ("flux", "components")
    chosen = config.flux.components
    needed = versions.FLUX_COMPONENTS if config.flux.receiver else versions.FLUX_COMPONENTS[:3]
    for name in needed:
        if name not in chosen:
            why = "flux.receiver needs it" if name == versions.FLUX_COMPONENTS[3] else "this cluster needs it"
            yield Problem(path, f"{name} is missing; {why}")
    if config.flux.manifest is None and config.flux.version in versions.FLUX_CONTROLLERS:
        for number, name in enumerate(chosen):
            if name not in versions.FLUX_COMPONENTS:
                text = f"{name} is not in the manifest that raibid-gen carries; name one that has it in flux.manifest"
                yield Problem((*path, number), text)


def keda(config: Config) -> Iterator[Problem]:
    path = ("keda", "version")
    version, kubernetes = config.keda.version, config.kubernetes_minor
    major, minor, _ = versions.chart_version(version)
    known = versions.KEDA_KUBERNETES
    if major != 2 or minor not in known:
        yield Problem(path, f"{version} is not known; raibid-gen knows KEDA 2.{min(known)} to 2.{max(known)}")
    elif minor in versions.KEDA_BROKEN_MINORS:
        yield Problem(path, f"{version} does not work here: {versions.KEDA_BROKEN_MINORS[minor]}; take 2.17 or newer")
    elif not known[minor][0] <= kubernetes <= known[minor][1]:
        low, high = known[minor]
        text = f"{version} is tested on Kubernetes 1.{low} to 1.{high}, k3s brings 1.{kubernetes}"
        yield Problem(path, text, "warning")
    chart = config.keda.chart
    if chart is not None and versions.chart_version(chart)[:2] != (major, minor):
        yield Problem(("keda", "chart"), f"{chart} is no chart of KEDA {version}; it begins with {major}.{minor}.")


def gitea_chart(config: Config) -> Iterator[Problem]:
    if config.gitea_is_external:
        return
    path = ("gitea", "chart_version")
    version = config.gitea.chart_version
    major = versions.chart_version(version)[0]
    if major < _OLDEST_GITEA_CHART:
        yield Problem(path, f"{version} takes other values than raibid-gen writes; take {_OLDEST_GITEA_CHART} or newer")
    elif major > _NEWEST_GITEA_CHART:
        text = f"{version} is newer than what raibid-gen was tested with, {versions.CURRENT.gitea}"
        yield Problem(path, text, "warning")
    if config.gitea.backup and version not in versions.GITEA_APP_VERSIONS:
        known = " or ".join(versions.GITEA_APP_VERSIONS)
        text = f"for the chart {version} it is not known which Gitea has to make the dumps; take {known}"
        yield Problem(("gitea", "backup"), text)


def redis_chart(config: Config) -> Iterator[Problem]:
    if config.redis_is_external:
        return
    version, tested = config.redis.chart_version, versions.CURRENT.redis
    if versions.chart_version(version)[:2] != versions.chart_version(tested)[:2]:
        text = f"{version} is not the chart that raibid-gen was tested with, {tested}"
        yield Problem(("redis", "chart_version"), text, "warning")

"""Every value that a rendered HelmRelease sets is one that the chart has, at the version that is named there.

Helm passes over a value that a chart does not know, so that a misspelt key would go unnoticed. What the charts have is
written down in tests/fixtures/charts/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from generator.config import Config, load_config
from generator.render import render_cluster
from generator.versions import VERSION_SETS
from generator.yamlio import read_documents

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests/fixtures"
CONFIGS = [
    *sorted((FIXTURES / "config/valid").glob("*.yaml")),
    *sorted((ROOT / "clusters").glob("*/config.yaml")),
    *sorted((ROOT / "tests/golden/current/clusters").glob("*/config.yaml")),
]
CHARTS = sorted(
    {
        (chart, version)
        for versions in VERSION_SETS.values()
        for chart, version in (("gitea", versions.gitea), ("keda", versions.keda), ("valkey", versions.redis))
    }
)
TYPES = {"bool": bool, "int": int, "string": str, "list": list, "map": dict}

Release = tuple[str, str, dict[str, Any]]
"""Chart, version, values."""

Keys = Mapping[str, str | list[str]]
"""The dotted path of a key: the type of its value, or all its values. Nothing is said of what is below a map."""


def problems(values: Mapping[str, Any], keys: Keys, section: str = "") -> Iterator[str]:
    """What the chart would not understand of `values`, which lie in `section`."""
    for name, value in values.items():
        path = f"{section}{name}"
        if expected := keys.get(path):
            if isinstance(expected, list):
                if value not in expected:
                    yield f"{path}: {value!r} is none of {', '.join(expected)}"
            elif type(value) is not TYPES[expected]:
                yield f"{path}: {value!r} is not of type {expected}"
        elif not any(key.startswith(f"{path}.") for key in keys):
            yield f"{path}: the chart has no such key"
        elif not isinstance(value, dict):
            yield f"{path}: {value!r} stands where the chart has a section"
        else:
            yield from problems(value, keys, f"{path}.")


def paths(values: Mapping[str, Any], keys: Keys, section: str = "") -> Iterator[str]:
    """The listed keys that `values` sets."""
    for name, value in values.items():
        path = f"{section}{name}"
        if path in keys:
            yield path
        elif isinstance(value, dict):
            yield from paths(value, keys, f"{path}.")


def keys_of(chart: str, version: str) -> Keys:
    (document,) = read_documents((FIXTURES / f"charts/{chart}-{version}.keys.yaml").read_text())
    return dict(document.value)


def releases(config: Config, root: Path) -> Iterator[Release]:
    """Every HelmRelease that is rendered from a configuration."""
    for path, content in render_cluster(config, root).files.items():
        if path.endswith("/release.yaml"):
            for document in read_documents(content.decode()):
                if document.value["kind"] == "HelmRelease":
                    spec = document.value["spec"]
                    chart = spec["chart"]["spec"]
                    yield chart["chart"], chart["version"], spec["values"]


def everything_in_the_seeds_set() -> Config:
    """The golden configuration, which turns everything on, in the older versions."""
    (document,) = read_documents((ROOT / "tests/golden/current/clusters/everything/config.yaml").read_text())
    seed, value = VERSION_SETS["seed"], document.value
    value["k3s"] = {"version": seed.k3s}
    value["flux"]["version"] = seed.flux
    value["keda"]["version"] = seed.keda
    value["gitea"]["chart_version"] = seed.gitea
    return Config.model_validate(value)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> list[Release]:
    """The HelmReleases of every configuration."""
    root = tmp_path_factory.mktemp("repository")
    configs = [*(load_config(path).config for path in CONFIGS), everything_in_the_seeds_set()]
    return [release for config in configs for release in releases(config, root)]


@pytest.mark.parametrize(("chart", "version"), CHARTS)
def test_every_value_is_one_of_the_charts_own(chart: str, version: str, rendered: list[Release]) -> None:
    keys = keys_of(chart, version)
    found = [values for name, number, values in rendered if (name, number) == (chart, version)]
    assert found
    assert {problem for values in found for problem in problems(values, keys)} == set()


@pytest.mark.parametrize(("chart", "version"), CHARTS)
def test_no_key_is_listed_that_nothing_sets(chart: str, version: str, rendered: list[Release]) -> None:
    keys = keys_of(chart, version)
    found = {
        path for name, number, values in rendered if (name, number) == (chart, version) for path in paths(values, keys)
    }
    assert set(keys) - found == set()


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"replicas": 1}, "replicas: the chart has no such key"),
        ({"service": {"http": {"prot": 3000}}}, "service.http.prot: the chart has no such key"),
        ({"service": {"http": {"port": "3000"}}}, "service.http.port: '3000' is not of type int"),
        ({"service": {"http": {"port": True}}}, "service.http.port: True is not of type int"),
        ({"service": {"http": 3000}}, "service.http: 3000 stands where the chart has a section"),
        ({"resources": None}, "resources: None is not of type map"),
        ({"strategy": {"type": "Rolling"}}, "strategy.type: 'Rolling' is none of Recreate, RollingUpdate"),
    ],
)
def test_a_value_that_the_chart_would_pass_over_is_found(values: dict[str, Any], problem: str) -> None:
    keys: Keys = {"service.http.port": "int", "resources": "map", "strategy.type": ["Recreate", "RollingUpdate"]}
    assert list(problems(values, keys)) == [problem]


def test_anything_goes_below_a_map() -> None:
    assert list(problems({"resources": {"limits": {"example.com/gpu": 1}}}, {"resources": "map"})) == []

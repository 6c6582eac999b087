"""config.yaml: what loads and what it means, and what each fault is told as."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from generator.config import Config, load_config, parse_config
from generator.config.load import MAX_BYTES
from generator.errors import ConfigError, Exit
from generator.yamlio import read_documents

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests/fixtures/config"
VALID = sorted(FIXTURES.glob("valid/*.yaml"))
INVALID = sorted(FIXTURES.glob("invalid/*.yaml"))
SAMPLE = ROOT / "clusters/dgx-spark-ci/config.yaml"


def load(text: str) -> Config:
    return parse_config(text, Path("config.yaml")).config


def warnings(text: str) -> list[str]:
    return [line.partition(" warning: ")[2] for line in parse_config(text, Path("config.yaml")).warnings]


def refusal(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(text)
    return str(caught.value).split("\n")


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_valid_configurations_load(path: Path) -> None:
    load_config(path)


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_faults_are_told_with_their_place_and_the_mend(path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    told = str(caught.value).replace(str(path), path.name)
    assert told == path.with_suffix(".txt").read_text("utf-8").rstrip("\n")
    assert caught.value.exit_code == Exit.USAGE


def test_every_expected_message_has_its_configuration() -> None:
    assert {path.stem for path in FIXTURES.glob("invalid/*.txt")} == {path.stem for path in INVALID}


def test_faults_are_told_together_in_the_documents_order() -> None:
    lines = (FIXTURES / "invalid/many-at-once.txt").read_text("utf-8").splitlines()
    places = [tuple(map(int, line.split(" ")[0].split(":")[1:])) for line in lines]
    assert len(lines) == 10
    assert places == sorted(places)


def test_the_sample_cluster_is_the_seeds_block() -> None:
    assert (FIXTURES / "valid/seed.yaml").read_bytes() == SAMPLE.read_bytes()


def test_the_seed_means_what_it_says() -> None:
    loaded = load_config(FIXTURES / "valid/seed.yaml")
    config = loaded.config
    assert (config.cluster.name, config.cluster.namespace) == ("dgx-spark-ci", "raibid-ci")
    assert config.cluster.kubeconfig == "~/.kube/config"
    assert (config.k3s.version, config.kubernetes_minor) == ("v1.28.5+k3s1", 28)
    assert (config.k3s.data_dir, config.k3s.rootless) == ("/var/lib/rancher/k3s", False)
    assert config.gitea_url == "http://gitea.raibid-ci.svc.cluster.local:3000"
    assert not config.gitea_is_external
    assert (config.gitea.admin_user, config.admin_username) == ("admin", "raibid-admin")
    assert config.gitea.chart_version == "9.5.0"
    assert config.redis_address == "redis.raibid-ci.svc.cluster.local:6379"
    assert not config.redis_is_external
    assert config.stream(config.agents[0]) == "ci-jobs"
    assert config.redis.consumer_group == "ci-workers"
    assert (config.keda.version, config.keda.polling_interval) == ("2.12.0", 10)
    assert config.flux.version == "v2.2.0"
    assert config.git_repo == "http://gitea.raibid-ci.svc.cluster.local:3000/raibid/cluster-config"
    assert config.organization == "raibid"
    assert [line.partition("warning: ")[2] for line in loaded.warnings] == [
        "gitea.admin_user: Gitea reserves the name admin; raibid-admin is used instead"
    ]


@pytest.mark.parametrize("name", ["empty", "comments-only", "empty-sections"])
def test_nothing_said_means_the_defaults(name: str) -> None:
    assert load_config(FIXTURES / f"valid/{name}.yaml").config == load("{}")


def test_merge_keys_fill_what_is_not_said() -> None:
    first, second, third = load_config(FIXTURES / "valid/anchors.yaml").config.agents
    assert (second.name, second.timeout, second.resources.cpu, second.resources.memory) == (
        "second",
        "30m",
        "500m",
        "2Gi",
    )
    assert third == first.model_copy(update={"name": "third"})


def test_hostile_values_are_kept_as_they_are() -> None:
    env = load_config(FIXTURES / "valid/hostile-values.yaml").config.agents[0].env
    assert env["LINES"] == "first\n\n  indented\n"
    assert env["NUMBER"] == "012"
    assert env["WORD"] == "no"


def test_windows_line_ends_are_line_ends() -> None:
    config = load_config(FIXTURES / "valid/windows-line-ends.yaml").config
    assert config.cluster.name == "windows"
    assert config.agents[0].env["TEXT"] == "two\nlines\n"


@pytest.mark.parametrize(("written", "meant"), [("2", "2"), ("1.5", "1.5"), ("0.25", "0.25"), ("500m", "500m")])
def test_cpu_may_be_a_number(written: str, meant: str) -> None:
    assert load(f"agents: [{{resources: {{cpu: {written}}}}}]").agents[0].resources.cpu == meant


def test_a_first_pool_reads_the_stream_of_redis_and_others_their_own() -> None:
    config = load("agents: [{name: a}, {name: b}, {name: c, stream: mine}]")
    assert [config.stream(pool) for pool in config.agents] == ["ci-jobs", "ci-jobs.b", "mine"]


def test_a_url_outside_means_that_server() -> None:
    config = load("redis: {url: 'rediss://queue.lan'}\ngitea: {url: 'https://git.lan/'}")
    assert config.redis_is_external
    assert config.gitea_is_external
    assert config.redis_address == "queue.lan:6379"
    assert config.git_repo == "https://git.lan/raibid/cluster-config"


def test_a_short_service_url_is_no_server_outside() -> None:
    config = load_config(FIXTURES / "valid/short-service-urls.yaml").config
    assert not config.gitea_is_external
    assert not config.redis_is_external


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "{k3s: {version: v1.37.0+k3s1}, keda: {version: 2.20.0}}",
            [
                "flux.version: v2.9.5 is tested up to Kubernetes 1.36, k3s brings 1.37",
                "keda.version: 2.20.0 is tested on Kubernetes 1.33 to 1.35, k3s brings 1.37",
            ],
        ),
        (
            "gitea: {chart_version: 13.0.0}",
            ["gitea.chart_version: 13.0.0 is newer than what raibid-gen was tested with, 12.7.0"],
        ),
        (
            "redis: {chart_version: 0.9.0}",
            ["redis.chart_version: 0.9.0 is not the chart that raibid-gen was tested with, 0.11.0"],
        ),
        (
            "secrets: {age_recipients: [age1" + "q" * 58 + "]}",
            ["secrets.age_recipients: are used in `mode: sops` only"],
        ),
        (
            "k3s: {nodes: [{host: a, role: server}, {host: b, role: server}]}",
            ["k3s.nodes: 2 servers survive no more failures than 1; take an odd number"],
        ),
        (
            "redis: {url: 'redis://q.lan', chart_version: 0.9.0}\ngitea: {url: 'https://g.lan', chart_version: 1.0.0}",
            [],
        ),
    ],
)
def test_what_works_but_was_not_tested_is_a_warning(text: str, told: list[str]) -> None:
    assert sorted(warnings(text)) == told


def test_a_flux_that_is_not_carried_is_fetched_by_the_renderer() -> None:
    assert load("flux: {version: v2.9.0}").flux.version == "v2.9.0"


def test_keys_are_checked_with_others_though_some_have_faults() -> None:
    told = refusal("agents: [{min: 9, max: x}]\nredis: {url: 'redis://localhost', auth: 'no'}")
    assert told == [
        "config.yaml:1:24 agents[0].max: 'x' is not a whole number",
        "config.yaml:2:14 redis.url: in a pod localhost is the pod itself; name the host as the cluster sees it",
        "config.yaml:2:41 redis.auth: 'no' is not a boolean; write true or false",
    ]


def test_warnings_are_left_out_beside_errors() -> None:
    text = "gitea.node_port: port 1 is outside 30000-32767; k3s.config.service-node-port-range sets the range"
    assert refusal("gitea: {admin_user: admin, node_port: 1}") == [f"config.yaml:1:39 {text}"]


def test_fifty_problems_are_enough() -> None:
    lines = refusal("\n".join(f"key{number}: 1" for number in range(70)))
    assert len(lines) == 51
    assert lines[-1] == "... and 20 more"


def test_a_file_of_10_megabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(b"# " + b"x" * (10 * 2**20))
    with pytest.raises(ConfigError, match="larger than 8 MiB; this is no configuration"):
        load_config(path)


def test_an_endless_file_is_refused() -> None:
    with pytest.raises(ConfigError, match="larger than 8 MiB"):
        load_config(Path("/dev/zero"))


def test_a_large_configuration_loads() -> None:
    lines = [f"  - name: pool-{number}" for number in range(5000)]
    text = "\n".join(["agents:", *lines])
    assert len(text) < MAX_BYTES
    assert len(load(text).agents) == 5000


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_config(tmp_path)


def test_places_count_characters_and_not_bytes() -> None:
    assert refusal("cluster: {kubeconfig: 'größer', nam: x}") == [
        "config.yaml:1:33 cluster.nam: unknown key; did you mean name?"
    ]


def test_problems_point_into_the_document() -> None:
    problem = refusal("agents:\n  - name: a\n  - name: b\n    max: many")
    assert problem == ["config.yaml:4:10 agents[1].max: 'many' is not a whole number"]


def test_models_are_not_changed_after_loading() -> None:
    config = load("{}")
    with pytest.raises(ValueError, match="frozen"):
        config.cluster.name = "other"  # type: ignore[misc]


def test_loaded_is_a_value() -> None:
    loaded = parse_config("{}", Path("config.yaml"))
    assert dataclasses.asdict(loaded)["path"] == Path("config.yaml")
    assert read_documents("{}")[0].value == {}

"""What a configuration renders to: single facts of the tree, read back from the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from generator.config import parse_config
from generator.errors import ConfigError
from generator.render import render_cluster
from generator.yamlio import read_documents

NOWHERE = Path("/nonexistent")


class Tree(Mapping[str, list[Any]]):
    """Documents of every rendered YAML file by its path inside the cluster's folder, parsed when they are asked for."""

    def __init__(self, files: Mapping[str, bytes], folder: str) -> None:
        self._texts = {path.removeprefix(f"{folder}/"): text for path, text in files.items() if path.endswith(".yaml")}

    def __getitem__(self, path: str) -> list[Any]:
        return [document.value for document in read_documents(self._texts[path].decode())]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def rendered(config: str, repository: Path = NOWHERE) -> Tree:
    loaded = parse_config(config, Path("config.yaml")).config
    return Tree(render_cluster(loaded, repository).files, loaded.folder)


def test_an_empty_configuration_renders_every_component() -> None:
    tree = rendered("{}")
    listed = tree["kustomization.yaml"][0]["resources"]
    assert listed == [
        "flux-system",
        "namespaces.yaml",
        "redis.yaml",
        "gitea.yaml",
        "keda.yaml",
        "buildkit.yaml",
        "notifications.yaml",
        "api.yaml",
        "agents.yaml",
    ]


def test_components_wait_for_what_they_need() -> None:
    tree = rendered("{}")
    waits = {
        name: [one["name"] for one in tree[f"{name}.yaml"][0]["spec"].get("dependsOn", [])]
        for name in ("namespaces", "redis", "gitea", "keda", "api", "agents")
    }
    assert waits == {
        "namespaces": [],
        "redis": ["namespaces"],
        "gitea": ["namespaces"],
        "keda": ["namespaces"],
        "api": ["namespaces", "redis", "gitea"],
        "agents": ["namespaces", "redis", "gitea", "keda", "buildkit"],
    }


@pytest.mark.parametrize(
    ("flux", "release", "repository"),
    [
        ("v2.2.0", "helm.toolkit.fluxcd.io/v2beta2", "source.toolkit.fluxcd.io/v1beta2"),
        ("v2.9.5", "helm.toolkit.fluxcd.io/v2", "source.toolkit.fluxcd.io/v1"),
    ],
)
def test_api_versions_follow_flux(flux: str, release: str, repository: str) -> None:
    tree = rendered(f"flux: {{version: {flux}}}")
    assert tree["infrastructure/redis/release.yaml"][0]["apiVersion"] == release
    assert tree["infrastructure/redis/source.yaml"][0]["apiVersion"] == repository


def test_an_external_gitea_is_not_installed() -> None:
    tree = rendered("gitea: {url: 'https://git.example.lan'}")
    assert "gitea.yaml" not in tree
    assert not [path for path in tree if path.startswith("infrastructure/gitea/")]
    assert tree["flux-system/gotk-sync.yaml"][0]["spec"]["url"] == "https://git.example.lan/raibid/cluster-config"


def test_an_external_redis_is_used_by_keda() -> None:
    tree = rendered("redis: {url: 'rediss://queue.example.lan:6380'}")
    trigger = tree["apps/agents/default/scaling.yaml"][0]["spec"]["triggers"][0]["metadata"]
    assert trigger["address"] == "queue.example.lan:6380"
    assert trigger["enableTLS"] == "true"
    assert "redis.yaml" not in tree


def test_a_deployment_of_agents_leaves_its_replicas_to_keda() -> None:
    tree = rendered("{}")
    assert "replicas" not in tree["apps/agents/default/agent.yaml"][0]["spec"]


def test_the_trigger_counts_entries_and_names_no_group() -> None:
    tree = rendered("agents: [{jobs_per_agent: 3}]")
    metadata = tree["apps/agents/default/scaling.yaml"][0]["spec"]["triggers"][0]["metadata"]
    assert metadata["streamLength"] == "3"
    assert "consumerGroup" not in metadata


def test_an_agent_has_the_time_of_its_longest_job_to_end() -> None:
    tree = rendered("agents: [{timeout: 1h30m}]")
    pod = tree["apps/agents/default/agent.yaml"][0]["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] >= 5400


def test_a_pool_of_jobs_is_a_scaled_job_and_nothing_else() -> None:
    tree = rendered("agents: [{mode: job, max: 7}]")
    job = tree["apps/agents/default/agent.yaml"][0]
    assert job["kind"] == "ScaledJob"
    assert job["spec"]["maxReplicaCount"] == 7
    assert "apps/agents/default/scaling.yaml" not in tree


def test_each_pool_has_a_stream_of_its_own() -> None:
    tree = rendered("agents: [{name: a}, {name: b}, {name: c, stream: gpu}]")
    streams = [
        tree[f"apps/agents/{name}/scaling.yaml"][0]["spec"]["triggers"][0]["metadata"]["stream"] for name in "abc"
    ]
    assert streams == ["ci-jobs", "ci-jobs.b", "gpu"]


def test_a_gpu_pool_asks_for_the_runtime_and_the_device() -> None:
    pod = rendered("agents: [{gpu: 1}]")["apps/agents/default/agent.yaml"][0]["spec"]["template"]["spec"]
    assert pod["runtimeClassName"] == "nvidia"
    assert pod["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "1"


def test_the_image_mirror_takes_the_place_of_every_registry() -> None:
    tree = rendered("images: {prefix: 'mirror.lan:5000/ci'}")
    buildkit = tree["infrastructure/buildkit/buildkit.yaml"][1]["spec"]["template"]["spec"]["containers"][0]["image"]
    flux = tree["flux-system/kustomization.yaml"][0]["images"][0]["newName"]
    assert buildkit.startswith("mirror.lan:5000/ci/moby/buildkit:")
    assert flux == "mirror.lan:5000/ci/fluxcd/source-controller"


def test_an_overlay_takes_the_place_of_its_component(tmp_path: Path) -> None:
    overlay = tmp_path / "clusters/raibid-ci/overlays/gitea/kustomization.yaml"
    overlay.parent.mkdir(parents=True)
    overlay.write_text("resources: [../../infrastructure/gitea]\n")
    tree = rendered("{}", tmp_path)
    assert tree["gitea.yaml"][0]["spec"]["path"] == "./clusters/raibid-ci/overlays/gitea"
    assert tree["redis.yaml"][0]["spec"]["path"] == "./clusters/raibid-ci/infrastructure/redis"


def test_own_manifests_are_applied_after_everything_else(tmp_path: Path) -> None:
    overlay = tmp_path / "clusters/raibid-ci/overlays/kustomization.yaml"
    overlay.parent.mkdir(parents=True)
    overlay.write_text("resources: []\n")
    tree = rendered("{}", tmp_path)
    waits = [one["name"] for one in tree["overlays.yaml"][0]["spec"]["dependsOn"]]
    assert waits[-1] == "agents"


def test_a_template_of_the_user_wins(tmp_path: Path) -> None:
    own = tmp_path / "templates/clusters/CLUSTER/apps/api/service.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("kind: Service\nmetadata:\n  name: {{ config.cluster.name }}\n")
    assert rendered("{}", tmp_path)["apps/api/service.yaml"] == [{"kind": "Service", "metadata": {"name": "raibid-ci"}}]


def test_a_further_template_of_the_user_is_applied_with_its_component(tmp_path: Path) -> None:
    own = tmp_path / "templates/clusters/CLUSTER/apps/api/zz-more.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("kind: ConfigMap\n")
    assert "zz-more.yaml" in rendered("{}", tmp_path)["apps/api/kustomization.yaml"][0]["resources"]


def test_other_folders_named_templates_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/email.html.yaml").write_text("{{ nonsense")
    assert "email.html.yaml" not in rendered("{}", tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: {{ config.cluster.nam }}\n", "service.yaml:1 "),
        ("a: 1\nb: {{ config.cluster }}\n", "service.yaml:2 a Cluster needs the filter block(indent)"),
        ("a: {% if %}\n", "service.yaml:1 "),
        ("{% include 'missing.yaml' %}\n", "there is no template missing.yaml"),
    ],
)
def test_a_broken_template_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    own = tmp_path / "templates/clusters/CLUSTER/apps/api/service.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(text)
    with pytest.raises(ConfigError) as caught:
        rendered("{}", tmp_path)
    assert message in str(caught.value)


def test_a_template_in_an_unknown_folder_is_refused(tmp_path: Path) -> None:
    own = tmp_path / "templates/clusters/CLUSTER/infrastructure/postgres/release.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("a: 1\n")
    with pytest.raises(ConfigError, match=r"infrastructure/postgres/release\.yaml: no component has this folder"):
        rendered("{}", tmp_path)


def test_a_tenant_is_applied_with_its_own_account_only() -> None:
    tree = rendered("flux: {tenants: [{name: web, repository: 'https://git.lan/web/app'}]}")
    sync = tree["apps/tenants/web/sync.yaml"][1]["spec"]
    assert (sync["serviceAccountName"], sync["targetNamespace"]) == ("flux-tenant", "tenant-web")
    roles = {one["kind"] for one in tree["apps/tenants/web/tenant.yaml"]}
    assert "ClusterRoleBinding" not in roles


def test_encrypted_secrets_are_listed_and_decrypted(tmp_path: Path) -> None:
    folder = tmp_path / "clusters/raibid-ci/secrets"
    folder.mkdir(parents=True)
    (folder / "gitea-admin.sops.yaml").write_text("kind: Secret\n")
    key = "age1" + "q" * 58
    tree = rendered(f"secrets: {{mode: sops, age_recipients: [{key}]}}", tmp_path)
    assert tree["secrets/kustomization.yaml"][0]["resources"] == ["gitea-admin.sops.yaml", "recipients.yaml"]
    assert tree["gitea.yaml"][0]["spec"]["decryption"]["secretRef"]["name"] == "sops-age"


def test_controllers_that_are_not_wanted_are_not_installed() -> None:
    names = "[source-controller, kustomize-controller, helm-controller]"
    tree = rendered(f"flux: {{receiver: false, components: {names}}}")
    deployments = [
        one["metadata"]["name"] for one in tree["flux-system/gotk-components.yaml"] if one["kind"] == "Deployment"
    ]
    assert "notification-controller" not in deployments
    assert len(deployments) == 3


def test_no_secret_is_in_the_tree() -> None:
    tree = rendered("{}")
    assert not [path for path, documents in tree.items() for one in documents if one.get("kind") == "Secret"]


def test_no_empty_list_stands_where_the_api_server_would_drop_it() -> None:
    policy = rendered("{}")["apps/agents/network-policy.yaml"][0]["spec"]
    assert "ingress" not in policy
    assert policy["policyTypes"] == ["Ingress", "Egress"]


def test_gitea_is_ready_before_its_first_backup_binds_the_volume() -> None:
    spec = rendered("gitea: {backup: {}}")["gitea.yaml"][0]["spec"]
    assert "wait" not in spec
    assert [(one["kind"], one["name"], one["namespace"]) for one in spec["healthChecks"]] == [
        ("HelmRelease", "gitea", "raibid-ci")
    ]


def test_backups_run_by_utc() -> None:
    documents = rendered("gitea: {backup: {}}")["infrastructure/gitea/backup.yaml"]
    assert documents[1]["spec"]["timeZone"] == "Etc/UTC"


def test_a_gitea_that_migrated_its_database_is_not_rolled_back() -> None:
    tree = rendered("{}")
    upgrades = {
        name: tree[f"infrastructure/{name}/release.yaml"][0]["spec"]["upgrade"]["remediation"]["remediateLastFailure"]
        for name in ("gitea", "redis", "keda")
    }
    assert upgrades == {"gitea": False, "redis": True, "keda": True}


def test_a_larger_queue_gets_the_memory_for_it() -> None:
    values = rendered("redis: {maxmemory: 3Gi}")["infrastructure/redis/release.yaml"][0]["spec"]["values"]
    assert values["resources"]["requests"]["memory"] == "4096Mi"
    assert values["resources"]["limits"]["memory"] == "8192Mi"


def test_buildkit_writes_to_volumes_only() -> None:
    pod = rendered("{}")["infrastructure/buildkit/buildkit.yaml"][1]["spec"]["template"]["spec"]
    container = pod["containers"][0]
    mounts = [one["mountPath"] for one in container["volumeMounts"]]
    temporary = {one["name"]: one["value"] for one in container["env"]}["TMPDIR"]
    assert {temporary, "/run/user/1000"} <= set(mounts)


@pytest.mark.parametrize("path", ["infrastructure/buildkit/buildkit.yaml", "apps/api/deployment.yaml"])
def test_what_is_built_for_one_machine_type_runs_on_it(path: str) -> None:
    documents = rendered("cluster: {arch: amd64}")[path]
    deployment = next(one for one in documents if one["kind"] == "Deployment")
    assert deployment["spec"]["template"]["spec"]["nodeSelector"] == {"kubernetes.io/arch": "amd64"}


def test_another_pool_restarts_the_api_server() -> None:
    annotations = [
        rendered(config)["apps/api/deployment.yaml"][0]["spec"]["template"]["metadata"]["annotations"]
        for config in ("{}", "{}", "agents: [{name: other}]")
    ]
    assert annotations[0] == annotations[1]
    assert annotations[0] != annotations[2]


@pytest.mark.parametrize(("keda", "behavior"), [("2.12.0", None), ("2.21.0", "currentReplicasIfHigher")])
def test_a_queue_out_of_sight_ends_no_agent_where_keda_can_do_that(keda: str, behavior: str | None) -> None:
    config = f"k3s: {{version: v1.28.5+k3s1}}\nflux: {{version: v2.2.0}}\nkeda: {{version: {keda}}}"
    if behavior:
        config = f"keda: {{version: {keda}}}"
    fallback = rendered(config)["apps/agents/default/scaling.yaml"][0]["spec"]["fallback"]
    assert fallback.get("behavior") == behavior


def test_an_agent_may_take_its_longest_job_to_make_room_for_the_next() -> None:
    spec = rendered("agents: [{timeout: 2h}]")["apps/agents/default/agent.yaml"][0]["spec"]
    assert spec["progressDeadlineSeconds"] > spec["template"]["spec"]["terminationGracePeriodSeconds"] > 7200
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 1}


TENANT = "flux: {tenants: [{name: web, repository: 'https://git.lan/web/app'}]}"


def test_a_tenants_namespace_is_there_before_its_secrets() -> None:
    tree = rendered(TENANT)
    made = [one["metadata"]["name"] for one in tree["infrastructure/namespaces/namespaces.yaml"]]
    assert "tenant-web" in made
    assert not [one for one in tree["apps/tenants/web/tenant.yaml"] if one["kind"] == "Namespace"]


def test_a_tenant_cannot_impersonate_or_point_a_service_elsewhere() -> None:
    role = next(one for one in rendered(TENANT)["apps/tenants/web/tenant.yaml"] if one["kind"] == "Role")
    assert not [rule for rule in role["rules"] if "*" in rule["verbs"] or "impersonate" in rule["verbs"]]
    assert not [rule for rule in role["rules"] if "endpoints" in rule["resources"]]


def test_a_tenants_broken_repository_does_not_fail_the_platform() -> None:
    assert rendered(TENANT)["tenants.yaml"][0]["spec"]["wait"] is False


def test_controllers_that_tenants_share_follow_no_foreign_references() -> None:
    patches = rendered(TENANT)["flux-system/kustomization.yaml"][0]["patches"]
    locked = {one["target"]["name"]: one["patch"] for one in patches if "--no-" in one["patch"]}
    assert sorted(locked) == ["helm-controller", "kustomize-controller", "notification-controller"]
    assert "--no-remote-bases=true" in locked["kustomize-controller"]


def test_keda_of_every_version_is_scraped_by_its_ports_number() -> None:
    monitors = rendered("monitoring: {exporters: true, pod_monitors: true}")[
        "infrastructure/monitoring/pod-monitors.yaml"
    ]
    keda = next(one for one in monitors if one["metadata"]["namespace"] == "keda")
    assert keda["spec"]["podMetricsEndpoints"][0]["targetPort"] == 8080


@pytest.mark.parametrize(
    ("quantity", "written"),
    [
        ("1Gi", "1gb"),
        ("512Mi", "512mb"),
        ("3G", "3g"),
        ("4096", "4096"),
        ("1.5Gi", "1610612736"),
        ("1Ti", "1099511627776"),
    ],
)
def test_memory_is_written_in_units_that_valkey_has(quantity: str, written: str) -> None:
    values = rendered(f"redis: {{maxmemory: '{quantity}'}}")["infrastructure/redis/release.yaml"][0]["spec"]["values"]
    assert f"maxmemory {written}\n" in values["valkeyConfig"]


def test_a_manifest_in_nobodys_home_is_told_without_a_traceback() -> None:
    with pytest.raises(ConfigError, match=r"flux\.manifest: .*~nobody-of-that-name/install\.yaml cannot be read"):
        rendered("flux: {manifest: '~nobody-of-that-name/install.yaml'}")

"""Every name that two parts must agree on, spelled once.

Templates, lint rules, bootstrap, the agent and the API server read the names here; nothing else spells one.
The constants that a user can change (the cluster's namespace, the stream) are the defaults of config.yaml.
"""

from __future__ import annotations

from typing import Final, NamedTuple

PROGRAM: Final = "raibid-gen"
# One version for the generator and the agent: one wheel holds both. pyproject.toml reads it here.
VERSION: Final = "0.1.0"
CONFIG_FILE: Final = "config.yaml"
LOCK_FILE: Final = "raibid.lock"
CLUSTERS_FOLDER: Final = "clusters"
WORKFLOWS_FOLDER: Final = ".gitea"
OVERLAYS_FOLDER: Final = "overlays"
SECRETS_FOLDER: Final = "secrets"
CONFIG_VARIABLE: Final = "RAIBID_CONFIG"

# Namespaces. The CI system's own is config.yaml's cluster.namespace.
NAMESPACE: Final = "raibid-ci"
KEDA_NAMESPACE: Final = "keda"
FLUX_NAMESPACE: Final = "flux-system"
BUILD_NAMESPACE: Final = "raibid-build"
SYSTEM_NAMESPACES: Final = ("default", "kube-node-lease", "kube-public", "kube-system")

# Labels (https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/).
PART_OF: Final = "raibid-ci"
LABEL_NAME: Final = "app.kubernetes.io/name"
LABEL_INSTANCE: Final = "app.kubernetes.io/instance"
LABEL_COMPONENT: Final = "app.kubernetes.io/component"
LABEL_PART_OF: Final = "app.kubernetes.io/part-of"
LABEL_MANAGED_BY: Final = "app.kubernetes.io/managed-by"
LABEL_NAMESPACE: Final = "kubernetes.io/metadata.name"
LABEL_POOL: Final = "raibid.dev/pool"
LABEL_TENANT: Final = "raibid.dev/tenant"
ANNOTATION_LONGEST_JOB: Final = "raibid.dev/longest-job-seconds"
ANNOTATION_PRUNE: Final = "kustomize.toolkit.fluxcd.io/prune"

# Names of releases, Services and workloads. A workload is called as its Service.
GITEA: Final = "gitea"
REDIS: Final = "redis"
KEDA: Final = "keda"
KEDA_OPERATOR: Final = "keda-operator"
KEDA_METRICS: Final = "keda-operator-metrics-apiserver"
KEDA_WEBHOOKS: Final = "keda-admission-webhooks"
API: Final = "raibid-api"
AGENT: Final = "raibid-agent"
BUILDKIT: Final = "buildkit"
RECEIVER_SERVICE: Final = "webhook-receiver"
GITEA_CLAIM: Final = "gitea-shared-storage"
GITEA_BACKUP: Final = "gitea-backup"
TENANT_ACCOUNT: Final = "flux-tenant"

GITEA_PORT: Final = 3000
GITEA_NODE_PORT: Final = 30300
REDIS_PORT: Final = 6379
REDIS_METRICS_PORT: Final = 9121
API_PORT: Final = 8080
AGENT_METRICS_PORT: Final = 9090
BUILDKIT_PORT: Final = 1234
DNS_PORT: Final = 53
KUBERNETES_API_PORTS: Final = (443, 6443)

# Queue: a stream for each pool, one group, a hash for each job. The stream is config.yaml's redis.stream_name.
STREAM: Final = "ci-jobs"
GROUP: Final = "ci-workers"
KEY_PREFIX: Final = "raibid:"
DEAD_LETTER_SUFFIX: Final = ".dead"


def pool_stream(stream: str, pool: str, *, first: bool) -> str:
    """The stream that a pool's agents read: the configured one for the first pool, else one of its own."""
    return stream if first else f"{stream}.{pool}"


def agent_name(pool: str) -> str:
    """Name of a pool's Deployment or ScaledJob, ScaledObject, TriggerAuthentication and so on."""
    return f"{AGENT}-{pool}"


class SecretKeys(NamedTuple):
    """A Secret that bootstrap makes once: who it is for, and the keys in it."""

    name: str
    keys: tuple[str, ...]
    purpose: str


USERNAME: Final = "username"
PASSWORD: Final = "password"
TOKEN: Final = "token"
WEBHOOK_KEY: Final = "webhook-secret"
GITEA_TOKEN: Final = "gitea-token"
ADMIN_TOKEN: Final = "admin-token"
READ_TOKEN: Final = "read-token"

# The queue's users: `default` may do all and is for people; programs use REDIS_USER, which sees only CI keys.
REDIS_DEFAULT_USER: Final = "default"
REDIS_USER: Final = "raibid"

FLUX_GIT_SECRET: Final = SecretKeys("flux-system", (USERNAME, PASSWORD), "Flux reads the cluster's repository")
FLUX_STATUS_SECRET: Final = SecretKeys("gitea-commit-status", (TOKEN,), "Flux writes commit statuses to Gitea")
FLUX_RECEIVER_SECRET: Final = SecretKeys("flux-receiver", (TOKEN,), "Gitea's webhook to Flux is signed with it")
FLUX_SOPS_SECRET: Final = SecretKeys("sops-age", ("age.agekey",), "Flux decrypts secrets in Git")
GITEA_ADMIN_SECRET: Final = SecretKeys("gitea-admin", (USERNAME, PASSWORD), "administrator of Gitea")
REDIS_SECRET: Final = SecretKeys(
    "redis-auth",
    (REDIS_DEFAULT_USER, REDIS_USER, USERNAME),
    "passwords of the queue's two users, and the programs' user name",
)
API_SECRET: Final = SecretKeys(
    "raibid-api", (WEBHOOK_KEY, GITEA_TOKEN, ADMIN_TOKEN, READ_TOKEN), "the API server's own"
)
AGENT_SECRET: Final = SecretKeys("raibid-agent", (GITEA_TOKEN,), "agents clone and set commit statuses")
REGISTRY_SECRET: Final = SecretKeys("raibid-registry", (".dockerconfigjson",), "push to and pull from the registry")

# Secrets that bootstrap makes, by namespace. The first key stands for config.yaml's cluster.namespace.
SECRETS: Final[dict[str, tuple[SecretKeys, ...]]] = {
    NAMESPACE: (GITEA_ADMIN_SECRET, REDIS_SECRET, API_SECRET, AGENT_SECRET, REGISTRY_SECRET),
    FLUX_NAMESPACE: (FLUX_GIT_SECRET, FLUX_STATUS_SECRET, FLUX_RECEIVER_SECRET, FLUX_SOPS_SECRET),
}


class Environment:
    """Environment variables of the agent's and the API's containers."""

    REDIS_URL: Final = "RAIBID_REDIS_URL"
    REDIS_USERNAME: Final = "RAIBID_REDIS_USERNAME"
    REDIS_PASSWORD: Final = "RAIBID_REDIS_PASSWORD"
    STREAM: Final = "RAIBID_STREAM"
    POOLS_FILE: Final = "RAIBID_POOLS_FILE"
    GROUP: Final = "RAIBID_GROUP"
    POOL: Final = "RAIBID_POOL"
    POD_NAME: Final = "RAIBID_POD_NAME"
    POD_UID: Final = "RAIBID_POD_UID"
    NAMESPACE: Final = "RAIBID_NAMESPACE"
    JOBS_PER_AGENT: Final = "RAIBID_JOBS_PER_AGENT"
    JOB_TIMEOUT: Final = "RAIBID_JOB_TIMEOUT"
    ONE_JOB: Final = "RAIBID_ONE_JOB"
    API_URL: Final = "RAIBID_API_URL"
    GITEA_URL: Final = "RAIBID_GITEA_URL"
    GITEA_EXTERNAL_URL: Final = "RAIBID_GITEA_EXTERNAL_URL"
    GITEA_TOKEN: Final = "RAIBID_GITEA_TOKEN"
    WEBHOOK_SECRET: Final = "RAIBID_WEBHOOK_SECRET"
    ADMIN_TOKEN: Final = "RAIBID_ADMIN_TOKEN"
    READ_TOKEN: Final = "RAIBID_READ_TOKEN"
    BUILDKIT_HOST: Final = "BUILDKIT_HOST"
    DOCKER_CONFIG: Final = "DOCKER_CONFIG"
    WORKSPACE: Final = "RAIBID_WORKSPACE"


# The API server reads which pools there are, each with its stream, from this ConfigMap: JSON, {pool: stream}.
POOLS_CONFIG: Final = "raibid-pools"
POOLS_FOLDER: Final = "/etc/raibid"
POOLS_FILE: Final = f"{POOLS_FOLDER}/pools.json"

# Folders in an agent's container: where jobs are worked on, and where the registry's login lies.
WORKSPACE_FOLDER: Final = "/workspace"
REGISTRY_FOLDER: Final = "/var/run/raibid/docker"

AGENT_COMMAND: Final = ("raibid-agent", "work")
API_COMMAND: Final = ("raibid-agent", "serve")
USER_ID: Final = 1000
WEBHOOK_PATH: Final = "/webhooks/gitea"
HEALTH_PATH: Final = "/healthz"
READY_PATH: Final = "/readyz"
METRICS_PATH: Final = "/metrics"


class Peer(NamedTuple):
    """Pods by namespace and labels. `namespace` NAMESPACE stands for config.yaml's cluster.namespace."""

    namespace: str
    labels: dict[str, str]


GITEA_PODS: Final = Peer(NAMESPACE, {LABEL_NAME: GITEA, LABEL_INSTANCE: GITEA})
REDIS_PODS: Final = Peer(NAMESPACE, {"app": REDIS})
API_PODS: Final = Peer(NAMESPACE, {LABEL_NAME: API})
AGENT_PODS: Final = Peer(NAMESPACE, {LABEL_NAME: AGENT})
BUILDKIT_PODS: Final = Peer(BUILD_NAMESPACE, {LABEL_NAME: BUILDKIT})
KEDA_PODS: Final = Peer(KEDA_NAMESPACE, {"app": KEDA_OPERATOR})
SOURCE_CONTROLLER_PODS: Final = Peer(FLUX_NAMESPACE, {"app": "source-controller"})
NOTIFICATION_CONTROLLER_PODS: Final = Peer(FLUX_NAMESPACE, {"app": "notification-controller"})


class Connection(NamedTuple):
    """Who must reach whom, on which port, whatever the NetworkPolicies say."""

    client: Peer
    server: Peer
    port: int


CONNECTIONS: Final = (
    Connection(AGENT_PODS, REDIS_PODS, REDIS_PORT),
    Connection(AGENT_PODS, GITEA_PODS, GITEA_PORT),
    Connection(AGENT_PODS, API_PODS, API_PORT),
    Connection(AGENT_PODS, BUILDKIT_PODS, BUILDKIT_PORT),
    Connection(API_PODS, REDIS_PODS, REDIS_PORT),
    Connection(API_PODS, GITEA_PODS, GITEA_PORT),
    Connection(GITEA_PODS, API_PODS, API_PORT),
    Connection(KEDA_PODS, REDIS_PODS, REDIS_PORT),
    Connection(BUILDKIT_PODS, GITEA_PODS, GITEA_PORT),
    Connection(SOURCE_CONTROLLER_PODS, GITEA_PODS, GITEA_PORT),
    Connection(NOTIFICATION_CONTROLLER_PODS, GITEA_PODS, GITEA_PORT),
)


class ChartObjects(NamedTuple):
    """What a Helm release of ours makes that others name: Services, claims, Secrets, workloads, its pods."""

    services: dict[str, tuple[int, ...]]
    claims: tuple[str, ...]
    workloads: tuple[str, ...]
    pods: tuple[Peer, ...]


# By release name. Source: the charts' templates at the versions in generator/versions.py.
CHART_OBJECTS: Final[dict[str, ChartObjects]] = {
    GITEA: ChartObjects({"gitea-http": (GITEA_PORT,), "gitea-ssh": (22,)}, (GITEA_CLAIM,), (GITEA,), (GITEA_PODS,)),
    REDIS: ChartObjects({REDIS: (REDIS_PORT,)}, (REDIS,), (REDIS,), (REDIS_PODS,)),
    KEDA: ChartObjects(
        {KEDA_OPERATOR: (9666,), KEDA_METRICS: (443,), KEDA_WEBHOOKS: (443,)},
        (),
        (KEDA_OPERATOR, KEDA_METRICS, KEDA_WEBHOOKS),
        (
            KEDA_PODS,
            Peer(KEDA_NAMESPACE, {"app": KEDA_METRICS}),
            Peer(KEDA_NAMESPACE, {"app": KEDA_WEBHOOKS}),
        ),
    ),
}

"""Environment variables of the agents' and the API server's containers; their names are the contract's."""

from __future__ import annotations

from typing import Any

from generator import contract
from generator.config import Config
from generator.config.workloads import Pool
from generator.contract import Environment

Variables = list[dict[str, Any]]


def agent_environment(config: Config, pool: Pool, timeout: int) -> Variables:
    """Environment of an agent's container; `timeout` in seconds. The pool's own variables come last."""
    plain = {
        Environment.POOL: pool.name,
        Environment.STREAM: config.stream(pool),
        Environment.JOBS_PER_AGENT: str(pool.jobs_per_agent),
        Environment.JOB_TIMEOUT: str(timeout),
        Environment.WORKSPACE: contract.WORKSPACE_FOLDER,
        Environment.API_URL: f"http://{config.service_host(contract.API)}:{contract.API_PORT}",
        Environment.DOCKER_CONFIG: contract.REGISTRY_FOLDER,
    }
    if pool.mode == "job":
        plain[Environment.ONE_JOB] = "true"
    if pool.build == "buildkit":
        host = config.service_host(contract.BUILDKIT, contract.BUILD_NAMESPACE)
        plain[Environment.BUILDKIT_HOST] = f"tcp://{host}:{contract.BUILDKIT_PORT}"
    own = {name: value for name, value in pool.env.items() if name not in plain}
    token = _from_secret(Environment.GITEA_TOKEN, contract.AGENT_SECRET.name, contract.GITEA_TOKEN)
    pod = [_from_field(Environment.POD_NAME, "metadata.name"), _from_field(Environment.POD_UID, "metadata.uid")]
    return [*_shared(config), *_literals(plain), token, *pod, *_literals(own)]


def api_environment(config: Config) -> Variables:
    """Environment of the API server's container."""
    keys = {
        Environment.WEBHOOK_SECRET: contract.WEBHOOK_KEY,
        Environment.GITEA_TOKEN: contract.GITEA_TOKEN,
        Environment.ADMIN_TOKEN: contract.ADMIN_TOKEN,
        Environment.READ_TOKEN: contract.READ_TOKEN,
    }
    secrets = [_from_secret(name, contract.API_SECRET.name, key) for name, key in keys.items()]
    plain = _literals({Environment.POOLS_FILE: contract.POOLS_FILE})
    return [*_shared(config), *plain, *secrets, _from_field(Environment.NAMESPACE, "metadata.namespace")]


def _shared(config: Config) -> Variables:
    plain = {
        Environment.REDIS_URL: config.redis_url,
        Environment.GROUP: config.redis.consumer_group,
        Environment.GITEA_URL: config.gitea_url,
        Environment.GITEA_EXTERNAL_URL: config.gitea.external_url or config.gitea_url,
    }
    if not config.redis.auth:
        return _literals(plain)
    name = contract.REDIS_SECRET.name
    user = _from_secret(Environment.REDIS_USERNAME, name, contract.USERNAME)
    return [*_literals(plain), user, _from_secret(Environment.REDIS_PASSWORD, name, contract.REDIS_USER)]


def redis_login() -> Variables:
    """Logs valkey-cli in, under its present name and the one that `redis-cli` reads."""
    secret = contract.REDIS_SECRET.name
    return [_from_secret(name, secret, contract.REDIS_DEFAULT_USER) for name in ("VALKEYCLI_AUTH", "REDISCLI_AUTH")]


def _literals(values: dict[str, str]) -> Variables:
    # Kubernetes would expand `$(NAME)`; `$$` keeps it.
    return [{"name": name, "value": value.replace("$(", "$$(")} for name, value in values.items()]


def _from_secret(variable: str, secret: str, key: str) -> dict[str, Any]:
    return {"name": variable, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}


def _from_field(variable: str, field: str) -> dict[str, Any]:
    return {"name": variable, "valueFrom": {"fieldRef": {"fieldPath": field}}}

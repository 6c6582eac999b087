"""PodMonitors and the dashboard of config.yaml's `monitoring`."""

from __future__ import annotations

import json
from typing import Any

from generator import contract
from generator.config import Config
from generator.render.network import namespace

# By number: the port's name is `http` in chart 2.12 and `metrics` in later ones.
_KEDA_PORT = {"targetPort": 8080}


def pod_monitors(config: Config) -> list[dict[str, Any]]:
    """Whose metrics Prometheus fetches: name, namespace, selector, and its endpoint's port."""
    monitored: list[tuple[str, contract.Peer, dict[str, Any]]] = [
        (contract.API, contract.API_PODS, {"port": "http"}),
        (contract.AGENT, contract.AGENT_PODS, {"port": "metrics"}),
    ]
    if config.monitoring.exporters:
        monitored.append((contract.KEDA_OPERATOR, contract.KEDA_PODS, _KEDA_PORT))
        if not config.gitea_is_external:
            monitored.append((contract.GITEA, contract.GITEA_PODS, {"port": "http"}))
        if not config.redis_is_external:
            monitored.append((contract.REDIS, contract.REDIS_PODS, {"port": "metrics"}))
    return [
        {"name": name, "namespace": namespace(config, pods), "selector": {"matchLabels": pods.labels}, "port": port}
        for name, pods, port in monitored
    ]


def dashboard_json(config: Config) -> str:
    """A Grafana dashboard (schema version 39) of queue, agents, Gitea and Flux, as JSON with a final newline."""
    here = f'namespace="{config.cluster.namespace}"'
    agents = f'deployment=~"{contract.AGENT}.*"'
    panels = {
        "Waiting and running jobs": f"sum by (scaledObject) (keda_scaler_metrics_value{{exported_{here}}})",
        "Agents": f"sum by (deployment) (kube_deployment_status_replicas_ready{{{here},{agents}}})",
        "Queue memory": f"redis_memory_used_bytes{{{here}}}",
        "Flux: objects not ready": 'sum by (kind, name) (gotk_resource_info{ready="False"})',
        "Gitea: repositories": f"gitea_repositories{{{here}}}",
        "KEDA: errors": "sum by (scaledObject) (increase(keda_scaler_errors_total[5m]))",
    }
    dashboard = {
        "uid": "raibid-ci",
        "title": f"raibid CI: {config.cluster.name}",
        "schemaVersion": 39,
        "time": {"from": "now-6h", "to": "now"},
        "refresh": "30s",
        "panels": [_panel(number, title, query) for number, (title, query) in enumerate(panels.items())],
    }
    return json.dumps(dashboard, indent=2) + "\n"


def _panel(number: int, title: str, query: str) -> dict[str, Any]:
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": title,
        "gridPos": {"x": 12 * (number % 2), "y": 8 * (number // 2), "w": 12, "h": 8},
        "targets": [{"refId": "A", "expr": query}],
    }

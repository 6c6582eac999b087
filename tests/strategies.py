"""Hypothesis strategies: valid configurations of every shape, as the mappings that config.yaml holds."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st

from generator.versions import VERSION_SETS
from generator.yamlio import UNPRINTABLE

HOSTILE = ['"', "'", "\n", "a\nb\n", "{{ 1 }}", "{% raw %}", "---\n", "\n---\nkind: Secret\n", "🙂", "x" * 10_000]
HOSTILE += [
    "- a",
    "a: b",
    "#",
    "*x",
    "&x",
    "!!str",
    "|",
    ">",
    "%",
    "@",
    "`",
    "no",
    "~",
    "0o7",
    "1e3",
    "\u2028",
    "\ufeff",
]
HOSTILE += ["$(HOME)", "${HOME}", "\t", "\r\n", "\x85", " lead", "trail ", "]]>", "</script>"]

# All that YAML calls printable, which is all that config.yaml takes.
texts = st.one_of(
    st.sampled_from(HOSTILE), st.text(max_size=200).filter(lambda text: re.search(UNPRINTABLE, text) is None)
)
labels = st.from_regex(r"[a-z]([a-z0-9-]{0,12}[a-z0-9])?", fullmatch=True)
quantities = st.sampled_from(["1", "512Mi", "2Gi", "1500M", "0.5Gi"])
versions = st.sampled_from(list(VERSION_SETS.values()))

_storage = st.fixed_dictionaries({}, optional={"size": quantities, "class_name": labels})
_resources = st.fixed_dictionaries(
    {}, optional={"cpu": st.sampled_from([1, "250m", "2", 0.5]), "memory": quantities, "ephemeral_storage": quantities}
)
_variables = st.dictionaries(
    st.from_regex(r"[A-Z][A-Z0-9_]{0,10}", fullmatch=True).map("MY_{}".format), texts, max_size=4
)


@st.composite
def _pools(draw: st.DrawFn) -> list[dict[str, Any]]:
    names = draw(st.lists(labels, max_size=4, unique=True))
    return [draw(_pool(name)) for name in names]


@st.composite
def _pool(draw: st.DrawFn, name: str) -> dict[str, Any]:
    mode = draw(st.sampled_from(["deployment", "job"]))
    low = draw(st.integers(0, 5))
    toleration = st.fixed_dictionaries({"key": labels, "operator": st.just("Exists")})
    return {
        "name": name,
        "mode": mode,
        "min": low,
        "max": draw(st.integers(max(low, 1), 50)),
        "jobs_per_agent": 1 if mode == "job" else draw(st.integers(1, 9)),
        "timeout": draw(st.sampled_from(["30s", "5m", "1h30m"])),
        "resources": draw(_resources),
        "gpu": draw(st.integers(0, 2)),
        "env": draw(_variables),
        "build": draw(st.sampled_from(["buildkit", "none"])),
        "node_selector": draw(st.dictionaries(labels, labels, max_size=2)),
        "tolerations": draw(st.lists(toleration, max_size=2)),
    }


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, Any]:
    """A valid configuration: the version set, and any of the other choices."""
    chosen = draw(versions)
    on = st.booleans()
    emails = st.from_regex(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,20}@[a-z0-9]{1,20}", fullmatch=True)
    tenants = st.lists(labels, max_size=2, unique=True)
    return {
        "cluster": {"name": draw(labels), "profile": draw(st.sampled_from(["minimum", "recommended"]))},
        "k3s": {"version": chosen.k3s},
        "keda": {"version": chosen.keda, "cooldown_period": draw(st.integers(0, 600))},
        "flux": {
            "version": chosen.flux,
            "receiver": draw(on),
            "tenants": [{"name": name, "repository": f"https://git.lan/{name}/app"} for name in draw(tenants)],
        },
        "gitea": {
            "chart_version": chosen.gitea,
            "admin_email": draw(emails),
            "storage": draw(_storage),
            **draw(st.sampled_from([{}, {"url": "https://git.example.lan"}, {"backup": {}}])),
        },
        "redis": {"auth": draw(on), **draw(st.sampled_from([{}, {"url": "redis://queue.example.lan:6379"}]))},
        "agents": draw(_pools()),
        "api": draw(st.sampled_from([{}, {"node_port": 30080}, {"ingress": {"host": "ci.example.lan"}}])),
        "monitoring": draw(st.fixed_dictionaries({"exporters": on, "pod_monitors": on, "dashboards": on})),
        "images": draw(st.sampled_from([{}, {"prefix": "mirror.lan:5000/ci"}])),
        "secrets": draw(st.sampled_from([{}, {"mode": "sops", "age_recipients": ["age1" + "q" * 58]}])),
    }

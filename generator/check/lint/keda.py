"""Rules on ScaledObjects and ScaledJobs: what they scale, and whether they ever start."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from generator import contract
from generator.check.lint.known import known
from generator.check.lint.registry import Hit, rule
from generator.check.lint.workloads import own_workloads
from generator.check.repository.objects import Manifest, Repository, dig, entries, mapping


def triggers(repository: Repository, kind: str) -> Iterator[tuple[Manifest, int, dict[str, Any]]]:
    """The metadata of every trigger of a type, with its ScaledObject or ScaledJob and position."""
    for manifest in repository.of("ScaledObject", "ScaledJob"):
        for position, trigger in entries(manifest.spec, "triggers"):
            if trigger.get("type") == kind:
                yield manifest, position, mapping(trigger, "metadata")


def scale_target(manifest: Manifest) -> tuple[str, str]:
    """Kind and name that a ScaledObject or HorizontalPodAutoscaler scales."""
    target = mapping(manifest.spec, "scaleTargetRef")
    default = "Deployment" if manifest.kind == "ScaledObject" else ""
    return str(target.get("kind") or default), str(target.get("name", ""))


@rule(
    "scaled-replicas",
    "Fixed replicas under an autoscaler",
    consequence="Flux and the autoscaler set the number in turn: agents are killed in the middle of a job, every "
    "interval.",
    mend="Remove spec.replicas.",
)
def scaled_replicas(repository: Repository) -> Iterator[Hit]:
    """The target of a ScaledObject or HorizontalPodAutoscaler must not set spec.replicas."""
    for scaled in repository.of("ScaledObject", "HorizontalPodAutoscaler"):
        kind, name = scale_target(scaled)
        target = repository.find(kind, scaled.namespace, name)
        if target is not None and "replicas" in target.spec:
            yield Hit(
                target,
                ("spec", "replicas"),
                f"spec.replicas: {target.spec['replicas']} is fixed while {scaled.subject} owns the number: Flux "
                "and the autoscaler undo each other's work",
            )


@rule(
    "scale-target-missing",
    "An autoscaler without anything to scale",
    consequence="It stays not ready, and no pod ever starts.",
    mend="Correct spec.scaleTargetRef, or add the workload.",
)
def scale_target_missing(repository: Repository) -> Iterator[Hit]:
    """scaleTargetRef must resolve in the same namespace."""
    for scaled in repository.of("ScaledObject", "HorizontalPodAutoscaler"):
        kind, name = scale_target(scaled)
        there = repository.find(kind, scaled.namespace, name)
        if there is None and (scaled.namespace, name) not in known(repository).workloads:
            yield Hit(
                scaled,
                ("spec", "scaleTargetRef"),
                f"spec.scaleTargetRef names {kind} {scaled.namespace}/{name}, which is not there: nothing ever starts",
            )


@rule(
    "trigger-auth-missing",
    "A trigger whose authentication is not there",
    consequence="KEDA cannot log in, the scaler errors, and no pod ever starts.",
    mend="Correct authenticationRef, or add the TriggerAuthentication.",
)
def trigger_auth_missing(repository: Repository) -> Iterator[Hit]:
    """authenticationRef must resolve in the same namespace, or among the cluster-wide ones."""
    for scaled in repository.of("ScaledObject", "ScaledJob"):
        for position, trigger in entries(scaled.spec, "triggers"):
            ref = mapping(trigger, "authenticationRef")
            if not ref:
                continue
            kind, name = str(ref.get("kind") or "TriggerAuthentication"), str(ref.get("name"))
            namespace = "" if kind.startswith("Cluster") else scaled.namespace
            if repository.find(kind, namespace, name) is None:
                yield Hit(
                    scaled,
                    ("spec", "triggers", position, "authenticationRef"),
                    f"spec.triggers[{position}].authenticationRef names {kind} {name}, which is not there: KEDA "
                    "cannot log in, and nothing ever starts",
                )


@rule(
    "trigger-stream-length-ignored",
    "A redis-streams trigger with consumerGroup and streamLength",
    consequence="With consumerGroup KEDA ignores streamLength, and counts pending entries instead: from zero "
    "agents nothing ever starts.",
    mend="Remove consumerGroup.",
)
def trigger_stream_length_ignored(repository: Repository) -> Iterator[Hit]:
    """The two exclude each other."""
    for manifest, position, data in triggers(repository, "redis-streams"):
        if "consumerGroup" in data and "streamLength" in data and "lagCount" not in data:
            yield Hit(
                manifest,
                ("spec", "triggers", position, "metadata", "streamLength"),
                f"spec.triggers[{position}].metadata.streamLength is ignored because of consumerGroup: from zero "
                "nothing ever starts",
            )


@rule(
    "trigger-never-activates",
    "A redis-streams trigger that cannot start from zero",
    consequence="Entries become pending only once an agent reads them; without an agent there are none, so that "
    "no agent ever starts.",
    mend="Count by streamLength, without consumerGroup.",
)
def trigger_never_activates(repository: Repository) -> Iterator[Hit]:
    """A group without lagCount counts pending entries."""
    for manifest, position, data in triggers(repository, "redis-streams"):
        if "consumerGroup" not in data or "lagCount" in data or "streamLength" in data:
            continue
        if manifest.spec.get("minReplicaCount", 0) == 0:
            yield Hit(
                manifest,
                ("spec", "triggers", position, "metadata"),
                f"spec.triggers[{position}] counts pending entries of consumerGroup {data['consumerGroup']}: "
                "without an agent there are none, and from zero nothing ever starts",
            )


@rule(
    "trigger-activation-missing",
    "A redis-streams trigger without activationLagCount",
    severity="warning",
    consequence="KEDA 2.11 to 2.15 refuse lagCount without it, and its default has changed between versions.",
    mend='Set activationLagCount: "0".',
)
def trigger_activation_missing(repository: Repository) -> Iterator[Hit]:
    """It should be written, always."""
    for manifest, position, data in triggers(repository, "redis-streams"):
        if "activationLagCount" not in data:
            yield Hit(
                manifest,
                ("spec", "triggers", position, "metadata"),
                f"spec.triggers[{position}].metadata.activationLagCount is not set: some versions of KEDA refuse "
                "the trigger",
            )


@rule(
    "trigger-activation-high",
    "A redis-streams trigger that lets jobs wait",
    consequence="Agents start only when more jobs than that wait: the last ones wait for ever.",
    mend='Set activationLagCount: "0".',
)
def trigger_activation_high(repository: Repository) -> Iterator[Hit]:
    """Anything above 0 leaves jobs waiting while there is no agent."""
    for manifest, position, data in triggers(repository, "redis-streams"):
        value = str(data.get("activationLagCount", "0"))
        if value != "0" and manifest.spec.get("minReplicaCount", 0) == 0:
            yield Hit(
                manifest,
                ("spec", "triggers", position, "metadata", "activationLagCount"),
                f"spec.triggers[{position}].metadata.activationLagCount: {value}: that many jobs wait for ever",
            )


_ADDRESS = re.compile(r"[^:/\s]+:\d{1,5}")


@rule(
    "trigger-address",
    "A redis trigger whose address is no host:port",
    consequence="KEDA takes the text as it is: it cannot connect, and no pod ever starts.",
    mend="Write host:port, without redis:// and without a path.",
)
def trigger_address(repository: Repository) -> Iterator[Hit]:
    """address of the redis scalers is host:port."""
    for kind in ("redis-streams", "redis"):
        for manifest, position, data in triggers(repository, kind):
            address = data.get("address")
            if address is not None and not _ADDRESS.fullmatch(str(address)):
                yield Hit(
                    manifest,
                    ("spec", "triggers", position, "metadata", "address"),
                    f"spec.triggers[{position}].metadata.address: {address} is no host:port: KEDA cannot connect",
                )


@rule(
    "scaled-bounds",
    "Scaling bounds that allow nothing",
    consequence="KEDA refuses the object, or no pod may ever start.",
    mend="Set maxReplicaCount to at least 1 and to no less than minReplicaCount.",
)
def scaled_bounds(repository: Repository) -> Iterator[Hit]:
    """min <= max, and max > 0. KEDA's defaults are 0 and 100."""
    for manifest in repository.of("ScaledObject", "ScaledJob"):
        low, high = manifest.spec.get("minReplicaCount", 0), manifest.spec.get("maxReplicaCount", 100)
        if not isinstance(low, int) or not isinstance(high, int):
            continue
        if high < 1:
            message = f"spec.maxReplicaCount: {high}: no pod may ever start"
            yield Hit(manifest, ("spec", "maxReplicaCount"), message)
        elif low > high:
            message = f"spec.minReplicaCount: {low} is above maxReplicaCount: {high}: KEDA refuses the object"
            yield Hit(manifest, ("spec", "minReplicaCount"), message)


@rule(
    "grace-period",
    "A grace period shorter than the longest job",
    consequence="When an agent is scaled down or its node drained, its job is killed before it ends.",
    mend="Raise terminationGracePeriodSeconds to the longest job's time, or lower the job's time-out.",
)
def grace_period(repository: Repository) -> Iterator[Hit]:
    """Judged by the annotation of the pods or of their workload; Kubernetes' default is 30 s."""
    for workload in own_workloads(repository):
        for steps in (workload.template, ()):
            longest = dig(workload.manifest.value, *steps, "metadata", "annotations", contract.ANNOTATION_LONGEST_JOB)
            if longest is not None:
                break
        grace = workload.spec.get("terminationGracePeriodSeconds", 30)
        if str(longest).isdecimal() and isinstance(grace, int) and grace < int(longest):
            yield Hit(
                workload.manifest,
                workload.place("terminationGracePeriodSeconds"),
                f"terminationGracePeriodSeconds: {grace} is less than the longest job's {longest} s: scaling down "
                "kills a job before it ends",
            )

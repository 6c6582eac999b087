"""Rules on dependsOn, the order in which Flux applies things. Flux itself looks for no circles."""

from __future__ import annotations

from collections.abc import Iterator

from generator.check.lint.registry import Hit, once, rule
from generator.check.repository.objects import Manifest, Owner, Repository, entries

Node = tuple[str, str, str]
"""Kind, namespace and name of something that can depend on others of its kind."""

ORDERED_KINDS = ("Kustomization", "HelmRelease")


def dependencies(manifest: Manifest) -> Iterator[tuple[int, Node]]:
    """What the entries of spec.dependsOn name: always the same kind, by default the same namespace."""
    for position, item in entries(manifest.spec, "dependsOn"):
        namespace = str(item.get("namespace") or manifest.namespace)
        yield position, (manifest.kind, namespace, str(item.get("name", "")))


@once
def ordered(repository: Repository) -> dict[Node, Manifest]:
    """Everything that can stand in a dependsOn."""
    return {(item.kind, item.namespace, item.name): item for item in repository.of(*ORDERED_KINDS)}


def _elsewhere(repository: Repository, node: Node) -> tuple[Manifest | None, Manifest | None]:
    """An object of that name with another kind, and one of that kind in another namespace."""
    kind, namespace, name = node
    others = _by_name(repository).get(name, [])
    other_kind = next((item for item in others if item.kind != kind), None)
    other_place = next((item for item in others if item.kind == kind and item.namespace != namespace), None)
    return other_kind, other_place


@once
def _by_name(repository: Repository) -> dict[str, list[Manifest]]:
    index: dict[str, list[Manifest]] = {}
    for manifest in ordered(repository).values():
        index.setdefault(manifest.name, []).append(manifest)
    return index


def _broken(repository: Repository) -> Iterator[tuple[Manifest, int, Node]]:
    there = ordered(repository)
    for manifest in there.values():
        for position, node in dependencies(manifest):
            if node not in there:
                yield manifest, position, node


@once
def ready_before(repository: Repository) -> dict[Owner, frozenset[Owner]]:
    """For each Kustomization, those that are ready before it, directly or through others."""
    direct: dict[Owner, list[Owner]] = {}
    for manifest in repository.of("Kustomization"):
        direct[manifest.namespace, manifest.name] = [
            (str(item.get("namespace") or manifest.namespace), str(item.get("name", "")))
            for _, item in entries(manifest.spec, "dependsOn")
        ]
    result: dict[Owner, frozenset[Owner]] = {}
    for start in direct:
        reached: set[Owner] = set()
        queue = list(direct[start])
        while queue:
            owner = queue.pop()
            if owner not in reached:
                reached.add(owner)
                queue.extend(direct.get(owner, ()))
        result[start] = frozenset(reached)
    return result


@rule(
    "depends-on-missing",
    "dependsOn names something that is not there",
    consequence="Flux waits for it for ever: nothing of this object is applied, without an error that stands out.",
    mend="Correct the name, or remove the entry.",
)
def depends_on_missing(repository: Repository) -> Iterator[Hit]:
    """Entries that no object of any kind or namespace answers."""
    for manifest, position, node in _broken(repository):
        if _elsewhere(repository, node) == (None, None):
            yield Hit(
                manifest,
                ("spec", "dependsOn", position),
                f"spec.dependsOn[{position}] names {_text(node)}, which is not there: Flux waits for it for ever",
            )


@rule(
    "depends-on-other-kind",
    "dependsOn names an object of another kind",
    consequence="It means objects of the same kind only: Flux looks for one that does not exist, for ever.",
    mend="Name the Kustomization that applies it, with wait: true there.",
)
def depends_on_other_kind(repository: Repository) -> Iterator[Hit]:
    """A Kustomization cannot depend on a HelmRelease, nor the other way round."""
    for manifest, position, node in _broken(repository):
        other_kind, other_place = _elsewhere(repository, node)
        if other_kind is not None and other_place is None:
            yield Hit(
                manifest,
                ("spec", "dependsOn", position),
                f"spec.dependsOn[{position}] names {_text(node)}; only {other_kind.subject} is there, and a "
                f"{manifest.kind} can depend on another {manifest.kind} only: it waits for ever",
            )


@rule(
    "depends-on-other-namespace",
    "dependsOn names an object of another namespace without saying so",
    consequence="Flux looks in the object's own namespace, and waits there for ever.",
    mend="Set the entry's namespace.",
)
def depends_on_other_namespace(repository: Repository) -> Iterator[Hit]:
    """The same kind and name exist, but elsewhere."""
    for manifest, position, node in _broken(repository):
        _, other_place = _elsewhere(repository, node)
        if other_place is not None:
            yield Hit(
                manifest,
                ("spec", "dependsOn", position),
                f"spec.dependsOn[{position}] names {_text(node)}; only {other_place.subject} is there: "
                "it waits for ever",
            )


@rule(
    "depends-on-cycle",
    "dependsOn goes round in a circle",
    consequence="Each waits for the other: none of them is ever applied, and Flux does not say why.",
    mend="Remove one of the dependencies.",
)
def depends_on_cycle(repository: Repository) -> Iterator[Hit]:
    """Depth-first search in three colours, without recursion; every circle is told once."""
    nodes = ordered(repository)
    edges = {node: [to for _, to in dependencies(item) if to in nodes] for node, item in nodes.items()}
    done: set[Node] = set()
    for start in sorted(nodes):
        path: list[Node] = []
        on_path: set[Node] = set()
        stack: list[tuple[Node, bool]] = [(start, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                on_path.discard(path.pop())
                done.add(node)
            elif node in on_path:
                circle = [*path[path.index(node) :], node]
                names = " -> ".join(f"{name}" for _, _, name in circle)
                yield Hit(
                    nodes[node],
                    ("spec", "dependsOn"),
                    f"spec.dependsOn goes in a circle: {names}: none of them is ever applied",
                )
            elif node not in done:
                path.append(node)
                on_path.add(node)
                stack.append((node, True))
                stack.extend((to, False) for to in sorted(edges[node], reverse=True))


def _text(node: Node) -> str:
    return f"{node[0]} {node[1]}/{node[2]}"


@rule(
    "namespace-no-dependency",
    "A Kustomization that does not wait for its namespace",
    severity="warning",
    consequence="On a new cluster it is applied before the namespace is there, refused, and tried again only after the "
    "retry interval.",
    mend="Add the Kustomization that creates the namespace to spec.dependsOn.",
)
def namespace_no_dependency(repository: Repository) -> Iterator[Hit]:
    """Told once for each Kustomization and namespace."""
    makers = {item.name: set(item.owners) for item in repository.of("Namespace")}
    told: set[tuple[Owner, str]] = set()
    for manifest in repository.applied:
        sources = makers.get(manifest.namespace, set())
        for owner in manifest.owners:
            itself = repository.find("Kustomization", *owner)
            if not sources or itself is None or (owner, manifest.namespace) in told:
                continue
            # What applies the Kustomization itself has made its namespaces before.
            if sources & {owner, *itself.owners, *ready_before(repository).get(owner, ())}:
                continue
            told.add((owner, manifest.namespace))
            yield Hit(
                itself,
                ("spec", "dependsOn"),
                f"spec.dependsOn lacks {'/'.join(min(sources))}, which creates the namespace {manifest.namespace} of "
                f"{manifest.subject}: on a new cluster it is refused",
            )

"""`diff`: two trees compared, and how it is told to people, to Markdown and to programs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from generator.check.diff import Report, Side, compare, human, machine, markdown
from generator.check.diff.fields import path_text
from generator.check.diff.impact import IMMUTABLE
from generator.check.diff.model import Action, ResourceChange

FIXTURES = Path(__file__).parents[1] / "fixtures" / "diff"
AT = "clusters/ci/"


def tree(name: str) -> dict[str, bytes]:
    root = FIXTURES / name
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def report() -> Report:
    return compare(Side("before", tree("before")), Side("after", tree("after")))


def between(before: str | None, after: str | None, path: str = AT + "a.yaml") -> Report:
    sides = [
        Side(name, {} if text is None else {path: text.encode()}) for name, text in (("old", before), ("new", after))
    ]
    return compare(*sides)


def changed(before: str, after: str) -> ResourceChange:
    (change,) = between(before, after).resources
    return change


def manifest(kind: str, more: str, version: str = "v1") -> str:
    return f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x, namespace: n}}\n{more}\n"


def lines(change: ResourceChange) -> list[str]:
    return [f"{path_text(field.steps)} {field.action} {field.before!r} {field.after!r}" for field in change.fields]


def test_human_output_as_a_whole(report: Report) -> None:
    assert human(report) == (FIXTURES / "expected.txt").read_text()


def test_json_output_as_a_whole(report: Report) -> None:
    assert machine(report) == (FIXTURES / "expected.json").read_text()


def test_markdown_output_as_a_whole(report: Report) -> None:
    assert markdown(report) == (FIXTURES / "expected.md").read_text()


@pytest.mark.parametrize("write", [human, machine, markdown])
def test_no_secret_value_is_printed(report: Report, write: object) -> None:
    assert callable(write)
    for secret in ("hidden-user", "hidden-one", "hidden-two", "hidden-three"):
        assert secret not in write(report)


@pytest.mark.parametrize(
    "text",
    [
        manifest("Secret", "data: {p: hunter%d}"),
        manifest("Secret", "data: hunter%d"),
        manifest("SopsSecret", "stringData: {p: [hunter%d]}"),
        manifest("ConfigMap", 'data: {patch: "kind: Secret\\nstringData:\\n  p: hunter%d"}'),
        manifest("ConfigMap", "list: [{kind: Secret, data: {p: hunter%d}}]"),
        manifest("Role", "x: {kubectl.kubernetes.io/last-applied-configuration: hunter%d}"),
        "kind: List\napiVersion: v1\nitems:\n- " + manifest("Secret", "data: {p: hunter%d}").replace("\n", "\n  "),
    ],
)
def test_secrets_are_hidden_wherever_they_are(text: str) -> None:
    report = between(text % 1, text % 2)
    assert report.count(Action.CHANGED) == 1
    assert "hunter" not in human(report) + machine(report) + markdown(report)


def test_literals_of_a_secret_generator_are_hidden() -> None:
    text = "secretGenerator: [{name: s, literals: [p=hunter%d]}]"
    report = between(text % 1, text % 2, AT + "kustomization.yaml")
    assert "secretGenerator[s].literals: (hidden, changed)" in human(report)


def test_a_broken_secret_is_not_quoted() -> None:
    report = between(manifest("Secret", "data: {p: aa}"), manifest("Secret", "data:\n  p: *hunter"))
    assert report.uncompared[0].message == "not YAML; the file holds a Secret"


def test_a_file_that_does_not_parse_is_no_deletion() -> None:
    good = manifest("Service", "spec: {}") + "---\n" + manifest("ConfigMap", "data: {}")
    report = between(good, good + "spec: [")
    assert report.resources == ()
    told = "withheld from the other side: 2"
    assert re.match(
        rf"\? clusters/ci/a.yaml:11: not compared, new: not YAML: .*; {told}$", human(report).split("\n")[1]
    )
    assert report.summary == "0 added, 0 changed, 0 removed, 0 moved, 1 not compared"
    assert between("a: [", good).resources == ()


def test_a_resource_that_left_a_broken_file_is_found() -> None:
    text = manifest("Service", "spec: {}")
    old = Side("old", {AT + "a.yaml": text.encode()})
    report = compare(old, Side("new", {AT + "a.yaml": b"a: [", AT + "b.yaml": text.encode()}))
    assert [change.action for change in report.resources] == [Action.MOVED]


def test_a_folder_that_could_not_be_rendered_is_no_deletion() -> None:
    other = "clusters/other/a.yaml"
    files = {AT + "a.yaml": manifest("Service", "a: 1").encode(), other: manifest("Service", "a: 1").encode()}
    report = compare(Side("old", files), Side("new", {}, {AT: "the template fails"}))
    assert [change.resource.cluster for change in report.resources] == ["other"]
    assert report.uncompared[0].withheld == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff", "clusters/ci/a.yaml:1: not compared, new: not UTF-8 text"),
        (
            b"a: 1\na: 2",
            "clusters/ci/a.yaml:2: not compared, new: a: the key is there twice; it first stands in line 1",
        ),
        (b"\n<<<<<<< HEAD\n", "clusters/ci/a.yaml:2: not compared, new: has the marks of a merge conflict"),
    ],
)
def test_unreadable_files_are_told_with_their_line(data: bytes, message: str) -> None:
    report = compare(Side("old", {}), Side("new", {AT + "a.yaml": data}))
    assert f"? {message}" in human(report)


def test_a_lock_that_is_no_json_is_not_compared() -> None:
    report = between("{}", "{\n<<<<<<< a", AT + "raibid.lock")
    assert "raibid.lock:2: not compared, new: has the marks of a merge conflict" in human(report)
    assert report.files == ()


def test_a_lock_of_another_shape_is_not_compared() -> None:
    messages = [between("{}", text, AT + "raibid.lock").uncompared[0].message for text in ("{", "[]", "[" * 10**5)]
    assert messages[0].startswith("not JSON: Expecting")
    assert messages[1:] == ["not a JSON object", "not JSON that can be read: nested too deeply"]


def test_comments_alone_are_layout() -> None:
    text = manifest("Service", "a: 1")
    assert between(text, f"# note\n{text}").layout == (AT + "a.yaml",)
    assert between("a\nb\n", "a\r\nb\r\n", AT + "README.md").layout == (AT + "README.md",)


def test_the_users_config_and_plain_yaml_are_files() -> None:
    for path in (AT + "config.yaml", AT + "overlays/values.yaml", ".gitea/workflows/cluster.yaml"):
        (change,) = between("a: 1\nb: 2\n", "a: 1\n", path).files
        assert (change.lines_added, change.lines_removed) == (0, 1)


def test_another_api_version_is_the_same_resource_another_group_is_not() -> None:
    old = manifest("HelmRelease", "", "helm.toolkit.fluxcd.io/v2beta2")
    assert lines(changed(old, old.replace("v2beta2", "v2"))) == [
        "apiVersion changed 'helm.toolkit.fluxcd.io/v2beta2' 'helm.toolkit.fluxcd.io/v2'"
    ]
    report = between(manifest("Ingress", "", "extensions/v1beta1"), manifest("Ingress", "", "networking.k8s.io/v1"))
    assert (report.count(Action.ADDED), report.count(Action.REMOVED)) == (1, 1)


def test_another_cluster_is_another_resource() -> None:
    text = manifest("Service", "a: 1").encode()
    report = compare(Side("old", {AT + "a.yaml": text}), Side("new", {"clusters/two/a.yaml": text}))
    assert [(change.action, change.resource.cluster) for change in report.resources] == [
        (Action.REMOVED, "ci"),
        (Action.ADDED, "two"),
    ]


def test_a_value_of_another_type_differs() -> None:
    for old, new in (("1", '"1"'), ("1", "1.0"), ("true", "1"), ("null", '""'), ("[]", "{}")):
        change = changed(manifest("Role", f"a: {old}"), manifest("Role", f"a: {new}"))
        assert [path_text(field.steps) for field in change.fields] == ["a"]


def test_not_a_number_is_itself() -> None:
    assert between(manifest("Role", "a: .nan"), manifest("Role", "a:  .nan")).resources == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[a, b, c]", "[a, c]", ["l[1] removed 'b' None"]),
        ("[a, c]", "[a, b, c]", ["l[1] added None 'b'"]),
        ("[a, b, c]", "[a, x, c]", ["l[1] changed 'b' 'x'"]),
        ("[{v: 1}, {v: 2}]", "[{v: 1}, {v: 3}]", ["l[1].v changed 2 3"]),
        ("[{name: p}, {name: q}]", "[{name: q}, {name: p}]", ["l reordered ['p', 'q'] ['q', 'p']"]),
        ("[{name: p, v: 1}]", "[{name: q}, {name: p, v: 2}]", ["l[p].v changed 1 2", "l[q] added None {'name': 'q'}"]),
        (
            "[{port: 1}]",
            "[{port: 1, protocol: UDP}]",
            ["l[1/TCP] removed {'port': 1} None", "l[1/UDP] added None {'port': 1, 'protocol': 'UDP'}"],
        ),
        ("{a.b/c: 1}", "{a.b/c: 2}", ['l["a.b/c"] changed 1 2']),
    ],
)
def test_lists_are_told_with_few_edits(old: str, new: str, expected: list[str]) -> None:
    assert lines(changed(manifest("Role", f"l: {old}"), manifest("Role", f"l: {new}"))) == expected


def test_a_long_list_of_equal_items_is_no_trap() -> None:
    old, new = "[" + "a, b, " * 3000 + "]", "[" + "b, b, a, " * 3000 + "]"
    assert changed(manifest("Role", f"l: {old}"), manifest("Role", f"l: {new}")).fields


@pytest.mark.parametrize(
    ("kind", "old", "new", "note"),
    [
        ("StatefulSet", "spec: {template: {a: 1}}", "spec: {template: {a: 2}}", "rolls out new pods"),
        ("StatefulSet", "spec: {serviceName: a}", "spec: {serviceName: b}", IMMUTABLE),
        ("StatefulSet", "spec: {replicas: 1}", "spec: {replicas: 2}", None),
        ("Deployment", "spec: {selector: {a: 1}}", "spec: {selector: {a: 2}}", IMMUTABLE),
        ("Service", "spec: {selector: {a: 1}}", "spec: {selector: {a: 2}}", "sends its traffic to other pods"),
        ("StorageClass", "parameters: {a: 1}", "parameters: {a: 2}", IMMUTABLE),
        ("Job", "spec: {template: {a: 1}}", "spec: {template: {a: 2}}", IMMUTABLE),
        ("ConfigMap", "immutable: true\ndata: {a: a}", "immutable: true\ndata: {a: b}", IMMUTABLE),
        (
            "ScaledObject",
            "spec: {maxReplicaCount: 3}",
            "spec: {minReplicaCount: 1, maxReplicaCount: 3}",
            "scales from 1 to 3 replicas instead of 0 to 3",
        ),
        ("ScaledObject", "spec: {triggers: [{type: a}]}", "spec: {triggers: [{type: b}]}", "scales by other rules"),
        (
            "HelmRelease",
            "spec: {releaseName: a}",
            "spec: {releaseName: b}",
            "uninstalls the release and installs it anew",
        ),
        (
            "HelmRelease",
            "spec: {chart: {spec: {chart: c, version: 2.0.0}}}",
            "spec: {chart: {spec: {chart: c, version: 1.10.0}}}",
            "downgrades chart c 2.0.0 -> 1.10.0",
        ),
    ],
)
def test_impact_of_changes(kind: str, old: str, new: str, note: str | None) -> None:
    assert changed(manifest(kind, old), manifest(kind, new)).impact == ((note,) if note else ())


def test_impact_of_flux_kustomizations() -> None:
    version = "kustomize.toolkit.fluxcd.io/v1"
    old = manifest("Kustomization", "spec: {path: a, prune: true}", version)
    new = manifest("Kustomization", "spec: {path: b, prune: true, suspend: true, dependsOn: [{name: z}]}", version)
    assert changed(old, new).impact == (
        "applies the folder b instead of a, and deletes what only the old one holds",
        "waits for z",
        "suspended: nothing is applied until it is resumed",
    )


@pytest.mark.parametrize(
    ("old", "new", "notes"),
    [
        ("10Gi", "20Gi", ("grows the volume from 10Gi to 20Gi, if its storage class allows that",)),
        ("10Gi", "10240Mi", ()),
        ("10Gi", "10G", (IMMUTABLE,)),
    ],
)
def test_a_claim_can_only_grow(old: str, new: str, notes: tuple[str, ...]) -> None:
    text = manifest("PersistentVolumeClaim", "spec: {resources: {requests: {storage: %s}}}")
    assert changed(text % old, text % new).impact == notes


def test_a_removed_definition_takes_its_objects_along() -> None:
    (change,) = between(manifest("CustomResourceDefinition", "spec: {names: {kind: Job2}}"), None).resources
    assert change.impact == ("all objects of the kind Job2 are deleted",)


def test_files_edited_by_hand_are_said_to_be() -> None:
    path = AT + "a.yaml"
    old = Side("old", {path: manifest("Role", "a: 1").encode()}, edited=frozenset({path}))
    report = compare(old, Side("new", {path: manifest("Role", "a: 2").encode()}))
    assert "edited by hand: `render` leaves the file alone" in human(report)


def test_what_parts_two_long_values_is_shown() -> None:
    report = between(manifest("Role", f"a: {'x' * 500}1"), manifest("Role", f"a: {'x' * 500}2"))
    line = human(report).splitlines()[2]
    assert "x1 -> " in line
    assert line.endswith("x2")
    assert len(line) < 250


def test_terminal_sequences_and_reading_directions_are_escaped() -> None:
    report = between(manifest("Role", r'a: "\e[31m\u202e"'), manifest("Role", 'a: ""'))
    assert "\\u001b[31m\\u202e" in human(report)


def test_colours_mark_signs() -> None:
    text = human(between(None, manifest("Role", "a: 1")), color=True)
    assert "\x1b[32m+ Role n/x  (clusters/ci/a.yaml)\x1b[0m" in text


def test_no_value_leaves_its_code_block() -> None:
    evil = "a: |\n  ok\n  `````\n  </details><script>\n  %s\n"
    text = markdown(between(manifest("Role", evil % 1), manifest("Role", evil % 2)))
    assert text.count("\n``````") == 2
    assert "\n```````" not in text


def test_no_name_leaves_its_summary() -> None:
    text = manifest("Role", "a: 1").replace("name: x", 'name: "</code></summary>|`@all`<img src=x>\\n\\n# H"')
    out = markdown(between(None, text))
    assert "<img" not in out
    assert "@all" not in out
    assert "\n# H" not in out


def test_markdown_is_limited_and_says_what_was_left_out() -> None:
    documents = [manifest("Role", "a: 1").replace("name: x", f"name: role-{n}-{'y' * 200}") for n in range(2000)]
    text = markdown(between(None, "---\n".join(documents)))
    assert len(text) <= 60_000
    assert "more are not shown in full**, for want of room" in text
    assert " more lines" in text


def test_equal_sides_differ_in_nothing(report: Report) -> None:
    same = compare(Side("a", tree("after")), Side("b", tree("after")))
    assert not same.different
    assert same.summary == "0 added, 0 changed, 0 removed, 0 moved, 0 not compared"


def test_json_is_ascii_whatever_the_values() -> None:
    report = between(manifest("Role", "a: é"), manifest("Role", "a: .inf"))
    assert json.loads(machine(report))["resources"][0]["fields"][0]["after"] == ".inf"
    assert machine(report).isascii()

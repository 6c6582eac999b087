"""What holds for every comparison, whatever is compared."""

from __future__ import annotations

import copy
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from generator.check.diff import Side, compare, human, machine, markdown
from generator.check.diff.fields import compare_values
from generator.check.diff.hidden import canonical
from generator.check.diff.model import Action, FieldChange
from generator.yamlio import dump_block
from tests.strategies import HOSTILE

FOLDER = "clusters/ci"
texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=20))
names = st.sampled_from(["a", "b", "c", "name", "port", "spec", "template", "kind", "a.b/c", ""])
scalars = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.5, 1.0]), texts)
mappings = st.recursive(scalars, lambda inner: st.dictionaries(names, inner, max_size=4), max_leaves=12).map(
    lambda value: {"spec": value}
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(names, inner, max_size=4)),
    max_leaves=15,
)


@st.composite
def resources(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["Secret", "Deployment", "HelmRelease", "Namespace", "CustomResourceDefinition"]))
    metadata = {"name": draw(st.sampled_from(["x", "y", "z"])), "namespace": draw(st.sampled_from(["n", "m"]))}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": draw(values), "data": draw(values)}


paths = st.sampled_from([f"{FOLDER}/{name}" for name in ("a.yaml", "b.yaml", "apps/c.yaml", "README.md")])


def _unique(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({(one["kind"], *one["metadata"].values()): one for one in documents}.values())


@st.composite
def trees(draw: st.DrawFn) -> dict[str, bytes]:
    """Manifests by path; an object stands in one file only."""
    files: dict[str, bytes] = {}
    for document in _unique(draw(st.lists(resources(), max_size=5))):
        path = draw(paths)
        files[path] = files.get(path, b"") + f"---\n{dump_block(document)}\n".encode()
    return files


def _applied(value: Any, fields: list[FieldChange]) -> Any:
    """`value`, made of mappings alone, after the changes."""
    root = {"": copy.deepcopy(value)}
    for field in fields:
        here: Any = root
        *above, last = ("", *field.steps)
        for step in above:
            here = here[step]
        if field.action is Action.REMOVED:
            del here[last]
        else:
            here[last] = field.after
    return root[""]


@given(mappings, mappings)
def test_the_fields_lead_from_one_value_to_the_other(before: Any, after: Any) -> None:
    assert canonical(_applied(before, list(compare_values(before, after)))) == canonical(after)


@given(values, values)
def test_fields_are_told_exactly_if_values_differ(before: Any, after: Any) -> None:
    fields = list(compare_values(before, after))
    assert bool(fields) == (canonical(before) != canonical(after))
    assert all(canonical(field.before) != canonical(field.after) for field in fields if field.action == "changed")
    assert not list(compare_values(before, copy.deepcopy(before)))


@given(trees(), trees())
def test_backwards_what_was_added_is_removed(before: dict[str, bytes], after: dict[str, bytes]) -> None:
    there, back = compare(Side("a", before), Side("b", after)), compare(Side("b", after), Side("a", before))
    opposite = {Action.ADDED: Action.REMOVED, Action.REMOVED: Action.ADDED}
    turned = [(opposite.get(one.action, one.action), one.resource.identity) for one in there.resources]
    assert sorted(turned) == sorted((one.action, one.resource.identity) for one in back.resources)
    assert not compare(Side("a", before), Side("b", dict(before))).different


@given(trees())
def test_layout_is_no_change(files: dict[str, bytes]) -> None:
    commented = {path: b"# note\n" + data for path, data in files.items() if path.endswith(".yaml")}
    report = compare(Side("a", {path: files[path] for path in commented}), Side("b", commented))
    assert report.resources == ()
    assert report.layout == tuple(sorted(commented))


@given(trees(), trees(), st.sampled_from([b"a: [", b"\xff", b"<<<<<<< HEAD\n", b"a: 1\na: 2\n", b"*x"]), paths)
def test_a_broken_file_removes_and_adds_nothing(
    before: dict[str, bytes], after: dict[str, bytes], broken: bytes, path: str
) -> None:
    if not path.endswith(".yaml"):
        return
    for sides in ((before, {**after, path: broken}), ({**before, path: broken}, after)):
        report = compare(*(Side(name, files) for name, files in zip(("a", "b"), sides, strict=True)))
        told = {Action.REMOVED, Action.ADDED}
        assert not [one for one in report.resources if one.resource.path == path and one.action in told]
        assert report.not_compared == 1


@given(st.text("abcdefgh", min_size=12, max_size=12), st.text("ijklmnop", min_size=12, max_size=12), values, names)
def test_no_format_tells_a_secret(old: str, new: str, rest: Any, key: str) -> None:
    def side(secret: str) -> Side:
        document = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}, "data": {key: [secret, rest]}}
        return Side(secret[:1], {f"{FOLDER}/a.yaml": dump_block(document).encode()})

    report = compare(side(old), side(new))
    told = human(report) + machine(report) + markdown(report)
    assert report.count(Action.CHANGED) == 1
    assert old not in told
    assert new not in told


def _outside_fences(text: str) -> str:
    """Markdown without its fenced blocks, as CommonMark finds them."""
    left, fence = [], ""
    for line in text.split("\n"):
        if fence:
            fence = "" if re.fullmatch(f"{fence}`*", line) else fence
        elif opened := re.match("```+", line):
            fence = opened[0]
        else:
            left.append(line)
    assert not fence
    return "\n".join(left)


@given(texts, values, values)
def test_no_text_leaves_its_place_in_markdown(name: str, old: Any, new: Any) -> None:
    def side(value: Any) -> Side:
        document = {"apiVersion": "v1", "kind": "Role", "metadata": {"name": name}, "spec": value}
        return Side(name, {f"{FOLDER}/a.yaml": dump_block(document).encode(), f"{FOLDER}/{name}.txt": b""})

    text = markdown(compare(side(old), side(new)))
    words = "|".join(["## Changes from ", " to ", "</?details>", "</?summary>", "</?code>"])
    plain = re.sub(words, "", _outside_fences(text))
    assert re.fullmatch(r"(\|[^\n`<&]+\|\n|[A-Za-z0-9 /.,;=()+\n-]|&#[0-9]+;)*", plain), plain
    assert len(text) <= 60_000


@given(trees(), trees())
def test_every_line_for_people_is_one_line(before: dict[str, bytes], after: dict[str, bytes]) -> None:
    text = human(compare(Side("a", before), Side("b", after)))
    assert all(character.isprintable() for character in text.replace("\n", ""))

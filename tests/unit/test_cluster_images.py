"""Image archives of the test cluster, and that every image that is named somewhere is made."""

from __future__ import annotations

import hashlib
import io
import json
import os
import struct
import tarfile
from pathlib import Path
from typing import Any

import pytest

from generator.config import parse_config
from generator.render import render_cluster
from generator.versions import CURRENT, FLUX_CONTROLLERS
from tests.cluster.build.archive import File, Folder, Image, ImageConfig, Layer, Tree, content_key, write_archive
from tests.cluster.build.images import IMAGES


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with a program, a text, a link and a second name of the text."""
    folder = tmp_path / "tree"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/program").write_text("#!/bin/sh\n")
    (folder / "bin/program").chmod(0o500)
    (folder / "text").write_text("text")
    (folder / "text").chmod(0o600)
    os.link(folder / "text", folder / "twin")
    (folder / "link").symlink_to("text")
    return folder


def archive(target: Path, *images: Image) -> dict[str, bytes]:
    """Members of a written archive by name."""
    write_archive(target, images)
    with tarfile.open(target) as tar:
        return {member.name: content.read() for member in tar if (content := tar.extractfile(member))}


def read_layer(target: Path, layer: Layer) -> dict[str, tarfile.TarInfo]:
    """Entries of an archive's only layer by name."""
    members = archive(target, Image("name:1", (layer,)))
    with tarfile.open(fileobj=io.BytesIO(members["0.tar"]), errors="surrogateescape") as tar:
        return {member.name: member for member in tar}


def described(members: dict[str, bytes], number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """An image's entry in the manifest, and its configuration."""
    entry = json.loads(members["manifest.json"])[number]
    return entry, json.loads(members[entry["Config"]])


def test_images_that_share_a_layer_have_it_once(tmp_path: Path, tree: Path) -> None:
    base = Layer({"": Tree(tree)})
    above = Layer({"above": File(b"2")})
    members = archive(tmp_path / "a.tar", Image("one:1", (base,)), Image("two:2", (base, above)))
    assert sorted(members) == ["0.json", "0.tar", "1.json", "1.tar", "manifest.json"]
    entry, config = described(members, 1)
    assert entry == {"Config": "1.json", "RepoTags": ["two:2"], "Layers": ["0.tar", "1.tar"]}
    assert config["rootfs"]["diff_ids"] == [
        f"sha256:{hashlib.sha256(members[name]).hexdigest()}" for name in ("0.tar", "1.tar")
    ]


def test_the_configuration_is_as_containers_start(tmp_path: Path) -> None:
    config = ImageConfig(("/start",), ("work",), "1000:1000", {"HOME": "/data"}, "/data")
    _, document = described(archive(tmp_path / "a.tar", Image("one:1", (Layer({}),), config)), 0)
    assert document["config"].pop("Env")[1:] == ["HOME=/data"]
    assert document["config"] == {
        "Entrypoint": ["/start"],
        "Cmd": ["work"],
        "User": "1000:1000",
        "WorkingDir": "/data",
    }


def test_a_tree_keeps_links_and_becomes_readable(tmp_path: Path, tree: Path) -> None:
    found = read_layer(tmp_path / "a.tar", Layer({"opt": Tree(tree)}))
    assert {name: oct(info.mode) for name, info in found.items() if not info.issym()} == {
        "opt/bin": "0o755",
        "opt/bin/program": "0o755",
        "opt/text": "0o644",
        "opt/twin": "0o644",
    }
    assert found["opt/link"].linkname == "text"
    assert (found["opt/twin"].islnk(), found["opt/twin"].linkname) == (True, "opt/text")


def test_a_system_keeps_modes_and_owners(tmp_path: Path, tree: Path) -> None:
    found = read_layer(tmp_path / "a.tar", Layer({"": Tree(tree, system=True)}))
    assert (found["bin/program"].mode, found["text"].mode) == (0o500, 0o600)
    assert found["text"].uid == (tree / "text").stat().st_uid


def test_a_program_gets_its_capability_and_a_folder_its_owner(tmp_path: Path) -> None:
    found = read_layer(tmp_path / "a.tar", Layer({"p": File(b"", 0o755, 7), "home": Folder(0o700, 1000)}))
    value = found["p"].pax_headers["SCHILY.xattr.security.capability"].encode("utf-8", "surrogateescape")
    assert struct.unpack("<5I", value) == (0x02000001, 1 << 7, 0, 0, 0)
    assert (found["home"].isdir(), found["home"].mode, found["home"].uid, found["home"].gid) == (
        True,
        0o700,
        1000,
        1000,
    )


def test_times_of_files_do_not_change_an_archive(tmp_path: Path, tree: Path) -> None:
    image = Image("one:1", (Layer({"": Tree(tree), "copy": File(tree / "text")}),))
    write_archive(tmp_path / "a.tar", [image])
    os.utime(tree / "text", (1, 1))
    write_archive(tmp_path / "b.tar", [image])
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()


def test_the_key_changes_with_what_is_in_the_archive(tree: Path) -> None:
    def key(name: str = "one:1", text: bytes = b"1") -> str:
        return content_key([Image(name, (Layer({"": Tree(tree), "file": File(text)}),))])

    first = key()
    assert key() == first
    (tree / "more").touch()
    assert len({first, key(), key(name="two:1"), key(text=b"2")}) == 4


def test_every_image_of_a_rendered_cluster_is_made() -> None:
    config = parse_config("{}", Path("config.yaml")).config
    facts = render_cluster(config, Path("/nonexistent")).facts
    flux = {f"ghcr.io/fluxcd/{name}:{tag}" for name, tag in FLUX_CONTROLLERS[CURRENT.flux].items()}
    assert {*map(str, facts["images"]), *flux} <= set(IMAGES)

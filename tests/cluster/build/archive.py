"""Writes container images, made of files, into a docker archive: no container builder is needed.

The same files give the same bytes: times are zero, names sorted. A layer that several images of an archive share is
in it once. Layers are not compressed, since the archive is read on the machine that wrote it.
Format: https://github.com/moby/docker-image-spec/blob/main/spec.md
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import struct
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

ARCHITECTURE: Final = "amd64"
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_BLOCK: Final = tarfile.BLOCKSIZE
_CHUNK: Final = 1 << 20
# struct vfs_cap_data of linux/capability.h: revision 2, the capability is effective as soon as the program starts.
_CAPABILITY_HEADER: Final = 0x02000001


class File(NamedTuple):
    """A file: bytes, or a copy of a file on this machine (a link is followed).

    `capability` is the number of the one that the program gets, whoever starts it (linux/capability.h).
    """

    content: bytes | Path
    mode: int = 0o644
    capability: int | None = None


class Folder(NamedTuple):
    """An empty folder; `owner` is the user's and the group's id."""

    mode: int = 0o755
    owner: int = 0


class Tree(NamedTuple):
    """Everything below a folder of this machine.

    Owners and modes stay if it is a `system`, else all is root's and readable by everyone.
    """

    source: Path
    system: bool = False


Entry = File | Folder | Tree


@dataclass(frozen=True, eq=False)
class Layer:
    """What one layer adds: path in the image, without a leading slash -> entry. Equal only to itself."""

    entries: Mapping[str, Entry]


class ImageConfig(NamedTuple):
    """How a container of the image starts when a pod does not say otherwise. `user` is `uid:gid`, "" is root."""

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    user: str = ""
    environment: Mapping[str, str] = {}
    folder: str = "/"


class Image(NamedTuple):
    """An image with its whole name (registry, repository, tag) and its layers, lowest first."""

    name: str
    layers: tuple[Layer, ...]
    config: ImageConfig = ImageConfig()


def content_key(images: Sequence[Image]) -> str:
    """A hash over what `write_archive` would write. Files on the disk count by path, size, mode and time of change.

    Raises OSError.
    """
    digest = hashlib.sha256(Path(__file__).read_bytes())
    layers = _layers(images)
    for image in images:
        digest.update(repr((image.name, image.config, [layers.index(each) for each in image.layers])).encode())
    for layer in layers:
        for name, entry in layer.entries.items():
            digest.update(repr((name, entry)).encode())
            for path in _sources(entry):
                state = path.lstat()
                digest.update(repr((str(path), state.st_size, state.st_mode, state.st_mtime_ns)).encode())
    return digest.hexdigest()[:16]


def write_archive(target: Path, images: Sequence[Image]) -> None:
    """Write the images into one archive. Raises OSError."""
    with target.open("wb") as out:
        digests = {}
        for number, layer in enumerate(_layers(images)):
            with _member(out, f"{number}.tar") as member:
                _write_layer(member, layer)
            digests[layer] = (f"{number}.tar", member.digest.hexdigest())
        manifest = []
        for number, image in enumerate(images):
            names, hashes = zip(*(digests[layer] for layer in image.layers), strict=True)
            config = f"{number}.json"
            with _member(out, config) as member:
                member.write(_config(image.config, hashes))
            manifest.append({"Config": config, "RepoTags": [image.name], "Layers": list(names)})
        with _member(out, "manifest.json") as member:
            member.write(json.dumps(manifest).encode())
        out.write(bytes(2 * _BLOCK))


def _layers(images: Sequence[Image]) -> list[Layer]:
    """Every layer once, in a fixed order."""
    return list(dict.fromkeys(layer for image in images for layer in image.layers))


def _config(config: ImageConfig, hashes: Sequence[str]) -> bytes:
    environment = {"PATH": _PATH, **config.environment}
    document = {
        "architecture": ARCHITECTURE,
        "os": "linux",
        "config": {
            "Entrypoint": list(config.entrypoint),
            "Cmd": list(config.command),
            "User": config.user,
            "Env": [f"{name}={value}" for name, value in environment.items()],
            "WorkingDir": config.folder,
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{each}" for each in hashes]},
    }
    return json.dumps(document).encode()


@dataclass
class _Hashing:
    """Hashes and counts what is written through it, so that nothing is read again."""

    out: BinaryIO
    size: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.size += len(data)
        return self.out.write(data)


@contextmanager
def _member(out: BinaryIO, name: str) -> Iterator[_Hashing]:
    """A file of the archive, written as a stream: its header is put before it when its size is known."""
    start = out.tell()
    out.write(bytes(_BLOCK))
    member = _Hashing(out)
    yield member
    out.write(bytes(-member.size % _BLOCK))
    header = tarfile.TarInfo(name)
    header.size = member.size
    out.seek(start)
    out.write(header.tobuf(tarfile.GNU_FORMAT))
    out.seek(0, os.SEEK_END)


def _write_layer(out: _Hashing, layer: Layer) -> None:
    """The layer as a tar of its own. Pax headers carry what the basic format has no room for."""
    with tarfile.open(
        fileobj=out,  # type: ignore[call-overload] # only write() is called
        mode="w|",
        bufsize=_CHUNK,
        format=tarfile.PAX_FORMAT,
        encoding="utf-8",
        errors="surrogateescape",
        copybufsize=_CHUNK,
    ) as tar:
        for name, entry in sorted(layer.entries.items()):
            match entry:
                case File():
                    _add_file(tar, name, entry)
                case Folder():
                    info = tarfile.TarInfo(name)
                    info.type, info.mode, info.uid, info.gid = tarfile.DIRTYPE, entry.mode, entry.owner, entry.owner
                    tar.addfile(info)
                case Tree():
                    _add_tree(tar, name, entry)


def _add_file(tar: tarfile.TarFile, name: str, file: File) -> None:
    info = tarfile.TarInfo(name)
    info.mode = file.mode
    if file.capability is not None:
        value = struct.pack("<5I", _CAPABILITY_HEADER, 1 << file.capability, 0, 0, 0)
        info.pax_headers = {"SCHILY.xattr.security.capability": value.decode("utf-8", "surrogateescape")}
    with io.BytesIO(file.content) if isinstance(file.content, bytes) else file.content.open("rb") as source:
        info.size = source.seek(0, os.SEEK_END)
        source.seek(0)
        tar.addfile(info, source)


def _add_tree(tar: tarfile.TarFile, name: str, tree: Tree) -> None:
    for path in _walk(tree.source):
        info = tar.gettarinfo(path, f"{name}/{path.relative_to(tree.source).as_posix()}".lstrip("/"))
        # Python ignores a compiled module that was not made from a source of exactly this time.
        info.mtime = int(info.mtime) if path.suffix == ".py" else 0
        info.uname = info.gname = ""
        if not tree.system:
            info.uid = info.gid = 0
            info.mode = 0o755 if info.isdir() or info.mode & stat.S_IXUSR else 0o644
        if info.isreg():
            with path.open("rb") as source:
                tar.addfile(info, source)
        else:
            tar.addfile(info)


def _walk(folder: Path) -> Iterator[Path]:
    """Everything below it, a folder before what is in it, sorted by name."""
    for path in sorted(folder.iterdir()):
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)


def _sources(entry: Entry) -> Iterator[Path]:
    """The files on this machine that an entry is made from."""
    match entry:
        case File(content=Path() as path):
            yield path.resolve()
        case Tree():
            yield from _walk(entry.source)

"""The two sides of a comparison, from a Git repository: revisions, and the working tree."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from generator import contract
from generator.check.diff.model import Side
from generator.errors import ConfigError, OutsideError

if TYPE_CHECKING:
    from git import Repo

WORKING_TREE = "working tree"
_NOTHING = re.compile("0+\\Z")
_FILE_MODES = ("100644", "100755", "120000")


class Range(NamedTuple):
    """What to compare: `after` None is the working tree; `merge_base`: from where the two parted."""

    before: str
    after: str | None
    merge_base: bool = False


class _Blob(NamedTuple):
    """A file that differs. An object is None where the file is not, "" for a file of the working tree."""

    path: str
    before: str | None
    after: str | None


def parse_range(words: Sequence[str]) -> Range:
    """REV, REV..REV, REV...REV (from their merge base) or REV REV. Raises ConfigError."""
    if len(words) > 2 or (len(words) == 2 and any(".." in word for word in words)):
        raise ConfigError(f"diff {' '.join(words)}: give REV, REV..REV, REV...REV or REV REV")
    if len(words) == 2:
        found = Range(words[0], words[1])
    elif "..." in words[0]:
        before, _, after = words[0].partition("...")
        found = Range(before or "HEAD", after or "HEAD", merge_base=True)
    elif ".." in words[0]:
        before, _, after = words[0].partition("..")
        found = Range(before or "HEAD", after or "HEAD")
    else:
        found = Range(words[0], None)
    for revision in (found.before, found.after):
        if revision is not None and (not revision or revision.startswith("-")):
            raise ConfigError(f"diff {' '.join(words)}: {revision!r} is no revision")
    return found


def load_range(root: Path, wanted: Range, clusters: Collection[str] = ()) -> tuple[Side, Side]:
    """Both sides of `wanted`, holding only files that differ, of all clusters or of those named, and .gitea/.

    `root` is the repository that raibid-gen renders into: the top of a Git repository, or a folder in it.
    Raises ConfigError (no Git repository, no such revision), OutsideError (git is missing or fails).
    """
    repo = _open(root)
    try:
        with repo:
            return _load(repo, root, wanted, clusters)
    except _git_error() as error:
        raise OutsideError(f"{root}: git failed: {_told(error)}") from None


def _git_error() -> type[Exception]:
    from git.exc import GitCommandError

    return GitCommandError


def _told(error: Exception) -> str:
    said = str(getattr(error, "stderr", error)).strip()
    return said.removeprefix("stderr:").strip().strip("'") or str(error)


def _open(root: Path) -> Repo:
    try:
        from git import Repo
        from git.exc import InvalidGitRepositoryError, NoSuchPathError
    except ImportError:
        raise OutsideError("git is not installed, or not on PATH; diff REV needs it") from None
    try:
        return Repo(root, search_parent_directories=True)
    except NoSuchPathError:
        raise ConfigError(f"{root}: there is no such folder") from None
    except InvalidGitRepositoryError:
        raise ConfigError(
            f"{root}: not in a Git repository, so that it has no revisions; `git init` makes one, and "
            "`diff` without REV compares config.yaml with the files"
        ) from None


def _load(repo: Repo, root: Path, wanted: Range, clusters: Collection[str]) -> tuple[Side, Side]:
    # Literal paths, because a folder may be called like a pattern.
    repo.git.update_environment(GIT_LITERAL_PATHSPECS="1", LC_ALL="C")
    if wanted.after is None and repo.working_tree_dir is None:
        raise ConfigError(f"{root}: a bare repository has no working tree; compare two revisions")
    before = _commit(repo, wanted.before)
    after = None if wanted.after is None else _commit(repo, wanted.after)
    names = [wanted.before, wanted.after or WORKING_TREE]
    if wanted.merge_base and after is not None:
        before = _merge_base(repo, before, after, wanted)
        names[0] = f"{before[:10]} (merge base)"
    top = Path(repo.working_tree_dir or root)
    prefix = "" if repo.working_tree_dir is None else _prefix(top, root)
    scope = [prefix + place for place in _scope(clusters)]
    old, new = _Reader(repo, top, prefix, names[0]), _Reader(repo, top, prefix, names[1])
    for blob in _differing(repo, before, after, scope):
        old.read(blob.path, blob.before)
        new.read(blob.path, blob.after)
    return old.side(), new.side()


def _commit(repo: Repo, revision: str) -> str:
    status, found, said = repo.git.rev_parse(
        "--verify", "--quiet", f"{revision}^{{commit}}", with_exceptions=False, with_extended_output=True
    )
    if status == 0:
        return str(found)
    # For a revision that is not there Git says nothing; otherwise, that it will not read the repository.
    if said:
        raise OutsideError(f"{repo.git_dir}: git failed: {said}")
    raise ConfigError(f"{revision}: no such revision here. {_mend(repo)}")


def _mend(repo: Repo) -> str:
    if repo.git.rev_parse("--is-shallow-repository") == "true":
        return "The clone is shallow: fetch the history with `git fetch --unshallow`."
    if repo.remotes:
        return "Look at `git branch --all` and `git tag`, or fetch it with `git fetch --all --tags`."
    return "Look at `git branch --all`, `git tag` and `git log`."


def _merge_base(repo: Repo, before: str, after: str, wanted: Range) -> str:
    found: str = repo.git.merge_base(before, after, with_exceptions=False)
    if found:
        return found.split("\n")[0]
    raise ConfigError(f"{wanted.before}...{wanted.after}: no commit in common. {_mend(repo)}")


def _prefix(top: Path, root: Path) -> str:
    folder = root.resolve().relative_to(top.resolve()).as_posix()
    return "" if folder == "." else f"{folder}/"


def _scope(clusters: Collection[str]) -> Iterator[str]:
    yield from (f"{contract.CLUSTERS_FOLDER}/{name}" for name in sorted(clusters))
    if not clusters:
        yield contract.CLUSTERS_FOLDER
    yield contract.WORKFLOWS_FOLDER


def _differing(repo: Repo, before: str, after: str | None, scope: Sequence[str]) -> Iterator[_Blob]:
    options = ("--raw", "-z", "--no-renames", "--no-abbrev")
    if after is None:
        # Without a refreshed index files may be told that are the same; they are found to be when they are read.
        unrefreshed = repo.git(c="diff.autoRefreshIndex=false")
        raw = unrefreshed.diff(*options, "--no-ext-diff", "--ignore-submodules=all", before, "--", *scope)
    else:
        raw = repo.git.diff_tree("-r", *options, before, after, "--", *scope)
    yield from _parse_raw(raw)
    if after is None:
        others = repo.git.ls_files("-z", "--others", "--exclude-standard", "--", *scope)
        yield from (_Blob(path, None, "") for path in others.split("\0") if path)


def _parse_raw(raw: str) -> Iterator[_Blob]:
    """The entries of git's raw format: ":mode mode object object status", the path, each ended by NUL."""
    words = raw.split("\0")
    for head, path in zip(words[::2], words[1::2], strict=False):
        mode, new_mode, old, new, status = head.removeprefix(":").split(" ")
        before = old if mode in _FILE_MODES else None
        after = new if new_mode in _FILE_MODES else None
        # Git writes zeros for a file of the working tree that it has not hashed, U for one in a merge conflict.
        in_tree = status == "U" or (after is not None and _NOTHING.match(after))
        yield _Blob(path, before, "" if in_tree else after)


class _Reader:
    """Reads the files of a revision or the working tree into a side, with paths relative to the root."""

    def __init__(self, repo: Repo, top: Path, prefix: str, name: str) -> None:
        self._repo = repo
        self._top = top
        self._prefix = prefix
        self._name = name
        self._files: dict[str, bytes] = {}
        self._failures: dict[str, str] = {}

    def read(self, path: str, blob: str | None) -> None:
        """Take in the file, or the reason why it cannot be read."""
        inside = path.removeprefix(self._prefix)
        if blob is None or _is_hidden(inside):
            return
        try:
            self._files[inside] = self._object(blob) if blob else self._file(path)
        except FileNotFoundError:
            return
        except OSError as error:
            self._failures[inside] = f"cannot be read: {error.strerror}"
        except ValueError:
            self._failures[inside] = f"Git's object {blob[:10]} is not in this clone; `git fetch` brings it"

    def side(self) -> Side:
        """What was read."""
        return Side(self._name, self._files, self._failures)

    def _object(self, blob: str) -> bytes:
        data: bytes = self._repo.git.get_object_data(blob)[3]
        return data

    def _file(self, path: str) -> bytes:
        where = self._top / path
        return os.fsencode(where.readlink()) if where.is_symlink() else where.read_bytes()


def _is_hidden(path: str) -> bool:
    """Whether a file lies in a hidden folder of a cluster, which Flux passes over."""
    folders = path.split("/")[:-1]
    return folders[0] == contract.CLUSTERS_FOLDER and any(folder.startswith(".") for folder in folders)

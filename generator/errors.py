"""The errors that a person sees, and the exit code that each one means."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import ClassVar


class Exit(IntEnum):
    """What a command's exit code says, the same for every command."""

    FINE = 0
    FINDING = 1
    USAGE = 2
    CONFLICT = 3
    OUTSIDE = 4


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that was probably meant by `word`, for a hint in a message."""
    import difflib  # slow to import, and only mistakes need it

    return next(iter(difflib.get_close_matches(word, list(candidates), n=1)), None)


class RaibidError(Exception):
    """A problem to be told to the user, without a traceback.

    The message names the file, the line where there is one, and how to mend it.
    """

    exit_code: ClassVar[Exit] = Exit.FINDING


class ConfigError(RaibidError):
    """The configuration, an option or an argument cannot be used as it stands."""

    exit_code = Exit.USAGE


class ConflictError(RaibidError):
    """Going on would destroy somebody's work: a file edited by hand, a lock held."""

    exit_code = Exit.CONFLICT


class OutsideError(RaibidError):
    """Something outside failed: a program is missing, a network, a disk, a cluster."""

    exit_code = Exit.OUTSIDE

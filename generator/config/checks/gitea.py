"""Names in Gitea: people and organizations share one space of names, repositories of an organization another."""

from __future__ import annotations

from collections.abc import Iterator

from generator.config.checks.common import twice
from generator.config.model import RESERVED_ADMIN, Config
from generator.config.problems import Problem
from generator.config.types import seconds

_MIRROR_MINIMUM_SECONDS = 600
# models/user/user.go: names that are also paths of Gitea, and its own users. Versions differ; these are all of them.
_RESERVED = frozenset(
    """
    admin api assets attachments avatar avatars captcha commits debug error explore favicon.ico ghost gitea-
    actions issues login manifest.json metrics milestones new notifications org pulls raw repo repo-avatars
    robots.txt search serviceworker.js sitemap.xml ssh_info swagger.v1.json user v2
    """.split()  # noqa: SIM905 - a list of this length reads badly, one name a line
)
_RESERVED_ENDS = (".keys", ".gpg", ".rss", ".atom", ".png")


def admin(config: Config) -> Iterator[Problem]:
    if config.gitea.admin_user == RESERVED_ADMIN:
        text = f"Gitea reserves the name {RESERVED_ADMIN}; {config.admin_username} is used instead"
        yield Problem(("gitea", "admin_user"), text, "warning")


def accounts(config: Config) -> Iterator[Problem]:
    """Logins and the organization differ from each other and from Gitea's own names; so do e-mail addresses."""
    owner = ("gitea", "organization") if config.gitea.organization else ("flux", "git_repo")
    names: list[tuple[tuple[str | int, ...], str]] = [
        (owner, config.organization),
        (("gitea", "admin_user"), config.admin_username),
        *((("gitea", "users", number, "name"), user.name) for number, user in enumerate(config.gitea.users)),
    ]
    taken: dict[str, str] = {}
    for path, name in names:
        if name.lower() in _RESERVED or name.lower().endswith(_RESERVED_ENDS):
            yield Problem(path, f"Gitea reserves the name {name}; choose another")
        elif name.lower() in taken:
            yield Problem(path, f"the name {name} is taken by the {taken[name.lower()]}")
        kind = "organization" if path == owner else "administrator" if "admin_user" in path else "user before"
        taken.setdefault(name.lower(), kind)
    addresses = [user.email for user in config.gitea.users]
    yield from twice(("gitea", "users"), "email", addresses)
    for number, address in enumerate(addresses):
        if address.lower() == config.gitea.admin_email.lower():
            yield Problem(("gitea", "users", number, "email"), f"{address} is the administrator's")


def repositories(config: Config) -> Iterator[Problem]:
    mirrors = [mirror.repository_name for mirror in config.gitea.mirrors]
    own = [repository.name for repository in config.gitea.repositories]
    taken = {name.lower() for name in own}
    owner, _, cluster = config.git_repo.removesuffix(".git").rpartition("/")
    if owner.endswith(f"/{config.organization}"):
        taken.add(cluster.lower())
    for number, name in enumerate(mirrors):
        if name.lower() in taken:
            text = f"the name {name} is taken by another repository; give the mirror a `name` of its own"
            yield Problem(("gitea", "mirrors", number), text)
    yield from twice(("gitea", "mirrors"), "name", mirrors)
    yield from twice(("gitea", "repositories"), "name", own)
    for number, mirror in enumerate(config.gitea.mirrors):
        if seconds(mirror.interval) < _MIRROR_MINIMUM_SECONDS:
            yield Problem(("gitea", "mirrors", number, "interval"), "Gitea refuses intervals below 10m")

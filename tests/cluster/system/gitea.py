"""Gitea through its API, as bootstrap and a person use it."""

from __future__ import annotations

from typing import Any, NamedTuple

import httpx


class Gitea(NamedTuple):
    """Gitea's API as one user."""

    url: str
    user: str
    password: str

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer of `/api/v1/<path>`. Raises AssertionError with what Gitea says."""
        # A pod is ready a moment before the way to it through its Service is.
        transport = httpx.HTTPTransport(retries=5)
        with httpx.Client(transport=transport, trust_env=False, timeout=30) as client:
            answer = client.request(method, f"{self.url}/api/v1/{path}", json=body, auth=(self.user, self.password))
        assert answer.is_success, f"Gitea: {method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def create_organization(self, name: str) -> None:
        """An organization."""
        self.call("POST", "orgs", {"username": name})

    def create_repository(self, repository: str) -> str:
        """An empty private repository, owner/name; returns the URL to push to, with the login in it."""
        organization, name = repository.split("/")
        self.call("POST", f"orgs/{organization}/repos", {"name": name, "private": True, "default_branch": "main"})
        return f"{self.url.replace('//', f'//{self.user}:{self.password}@')}/{repository}"

    def create_token(self, name: str, *scopes: str) -> str:
        """A token of this user's that may do what its scopes say."""
        made = self.call("POST", f"users/{self.user}/tokens", {"name": name, "scopes": list(scopes)})
        return str(made["sha1"])

    def create_push_hook(self, repository: str, url: str, secret: str) -> None:
        """Gitea tells `url` of every push to owner/name, signed with `secret`."""
        config = {"url": url, "content_type": "json", "secret": secret}
        body = {"type": "gitea", "active": True, "events": ["push"], "config": config}
        self.call("POST", f"repos/{repository}/hooks", body)

    def statuses(self, repository: str, commit: str, prefix: str) -> dict[str, str]:
        """Newest state of each context that begins so, on a commit: `kustomization/agents/1a2b3c4d` -> `success`."""
        found = self.call("GET", f"repos/{repository}/commits/{commit}/statuses?sort=oldest&limit=50")
        return {each["context"]: each["status"] for each in found if each["context"].startswith(prefix)}

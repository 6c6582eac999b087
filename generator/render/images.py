"""Container images that the manifests name, as they are pulled. Those inside charts are the charts' own."""

from __future__ import annotations

from generator import versions
from generator.config import Config

_BUILDKIT = "docker.io/moby/buildkit:v0.25.1-rootless"


def mirrored(config: Config, image: str) -> str:
    """`image` as it is pulled: config.yaml's images.prefix takes the place of its registry."""
    if config.images.prefix is None:
        return image
    return f"{config.images.prefix}/{image.split('/', 1)[1]}"


def buildkit_image(config: Config) -> str:
    """Rootless BuildKit."""
    return mirrored(config, _BUILDKIT)


def gitea_image(config: Config) -> str:
    """The Gitea that the chart runs, for what has to be of the same version: dumps."""
    chart = config.gitea.chart_version
    repository = "docker.gitea.com/gitea" if versions.chart_version(chart)[0] >= 10 else "docker.io/gitea/gitea"
    return mirrored(config, f"{repository}:{versions.GITEA_APP_VERSIONS.get(chart)}-rootless")


def images(config: Config) -> list[str]:
    """Every image that the manifests name, sorted, for raibid.lock."""
    found = {config.api.image or config.agent_image, *(pool.image or config.agent_image for pool in config.agents)}
    if config.builds_images:
        found.add(buildkit_image(config))
    if config.gitea.backup and not config.gitea_is_external:
        found.add(gitea_image(config))
    return sorted(found)

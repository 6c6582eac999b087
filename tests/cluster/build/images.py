"""The container images of the cluster: programs built here, under the names that manifests, charts and node use.

What is inside is our own build, and not always the version of the tag: programs.py and valkey.py say which it is.
Users, entry points, folders and environment are those of the real images, as far as the manifests rely on them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from generator import contract
from generator.versions import CURRENT, FLUX_CONTROLLERS, GITEA_APP_VERSIONS
from tests.cluster.build.archive import Entry, File, Folder, Image, ImageConfig, Layer, Tree, content_key, write_archive
from tests.cluster.build.cache import Report, Workshop, images_folder, workshop
from tests.cluster.build.compile import module_folder, program
from tests.cluster.build.debian import debian_root
from tests.cluster.build.programs import PROGRAMS
from tests.cluster.build.valkey import valkey_server

PAUSE: Final = "registry.k8s.io/pause:3.10"
LOCAL_PATH: Final = "docker.io/rancher/local-path-provisioner:v0.0.30"
DEBIAN: Final = "docker.io/library/debian:bookworm"
GITEA: Final = f"docker.gitea.com/gitea:{GITEA_APP_VERSIONS[CURRENT.gitea]}-rootless"
VALKEY: Final = "docker.io/valkey/valkey:9.1.1"
BUILDKIT: Final = "docker.io/moby/buildkit:v0.25.1-rootless"
AGENT: Final = (
    f"{contract.GITEA}.{contract.NAMESPACE}.svc.cluster.local:{contract.GITEA_PORT}"
    f"/raibid/{contract.AGENT}:{contract.VERSION}"
)

_REPOSITORY: Final = Path(__file__).parents[3]
_CAP_SETGID: Final = 6
_CAP_SETUID: Final = 7
_GITEA_DATA: Final = "/data"
_GITEA_START: Final = b"""\
#!/bin/sh
set -eu
mkdir -p "$HOME" "$GITEA_CUSTOM" "$GITEA_TEMP"
if [ $# -gt 0 ]; then exec "$@"; fi
gitea config edit-ini --in-place --apply-env --config "$GITEA_APP_INI"
exec gitea --config "$GITEA_APP_INI" web
"""


class Static(NamedTuple):
    """An image of one program that needs no other file: entry point and first arguments, and the user."""

    program: str
    entrypoint: tuple[str, ...]
    user: str = "65534:65534"


def _keda(name: str, *options: str) -> tuple[str, ...]:
    return (f"/{name}", *options, "--zap-log-level=info", "--zap-encoder=console")


STATIC: Final[Mapping[str, Static]] = {
    PAUSE: Static("pause", ("/pause",), "65535:65535"),
    LOCAL_PATH: Static("local-path-provisioner", ("/usr/bin/local-path-provisioner",), ""),
    **{
        f"ghcr.io/fluxcd/{name}:{tag}": Static(name, (f"/usr/local/bin/{name}",))
        for name, tag in FLUX_CONTROLLERS[CURRENT.flux].items()
    },
    f"ghcr.io/kedacore/keda:{CURRENT.keda}": Static("keda-operator", _keda("keda"), "65532:65532"),
    f"ghcr.io/kedacore/keda-metrics-apiserver:{CURRENT.keda}": Static(
        "keda-adapter", _keda("keda-adapter", "--secure-port=6443"), "65532:65532"
    ),
    f"ghcr.io/kedacore/keda-admission-webhooks:{CURRENT.keda}": Static(
        "keda-webhooks", _keda("keda-admission-webhooks"), "65532:65532"
    ),
}
# These share the layer of Debian and lie in one archive.
ON_DEBIAN: Final = (DEBIAN, GITEA, VALKEY, BUILDKIT, AGENT)
IMAGES: Final = (*STATIC, *ON_DEBIAN)


def build_images(report: Report) -> list[Path]:
    """Write the archives that are missing or no longer up to date, and return all. Their programs must be built.

    Raises OutsideError.
    """
    debian, valkey = debian_root(report), valkey_server(report)
    with workshop("images", report) as shop:
        archives = {
            **{_stem(name): [_static_image(name, each, debian)] for name, each in STATIC.items()},
            "on-debian": _debian_images(debian, valkey),
        }
        images_folder().mkdir(exist_ok=True)
        return [_current_archive(stem, images, shop, report) for stem, images in archives.items()]


def _stem(name: str) -> str:
    """`keda` for ghcr.io/kedacore/keda:2.21.0."""
    return name.rpartition("/")[2].partition(":")[0]


def _current_archive(stem: str, images: list[Image], shop: Workshop, report: Report) -> Path:
    """The archive, written anew if its content is not the one wanted; then the outdated ones are removed."""
    target = images_folder() / f"{stem}.{content_key(images)}.tar"
    if not target.exists():
        start = time.monotonic()
        new = shop.folder / target.name
        write_archive(new, images)
        new.replace(target)
        for old in set(images_folder().glob(f"{stem}.*.tar")) - {target}:
            old.unlink()
        seconds, size = time.monotonic() - start, target.stat().st_size / 1e6
        report(f"image {', '.join(image.name for image in images)}: {size:.0f} MB in {seconds:.1f} s")
    return target


def _static_image(name: str, static: Static, debian: Path) -> Image:
    entries: dict[str, Entry] = {
        "etc/passwd": File(b"root:x:0:0::/:/none\nnonroot:x:65532:65532::/:/none\nnobody:x:65534:65534::/:/none\n"),
        "etc/ssl/certs/ca-certificates.crt": File(debian / "etc/ssl/certs/ca-certificates.crt"),
        "tmp": Folder(0o1777),
        static.entrypoint[0].lstrip("/"): File(program(static.program), 0o755),
    }
    return Image(name, (Layer(entries),), ImageConfig(static.entrypoint, user=static.user))


def _debian_images(debian: Path, valkey: Path) -> list[Image]:
    base = Layer({"": Tree(debian, system=True)})

    def image(name: str, entries: Mapping[str, Entry], config: ImageConfig) -> Image:
        return Image(name, (base, Layer(entries)), config)

    return [
        Image(DEBIAN, (base,), ImageConfig(command=("bash",))),
        image(GITEA, *_gitea(debian)),
        image(VALKEY, *_valkey(debian, valkey)),
        image(BUILDKIT, *_buildkit(debian)),
        image(AGENT, *_agent(debian)),
    ]


def _user(debian: Path, name: str, number: int, home: str) -> dict[str, Entry]:
    """Debian's users and groups and one more."""
    users, groups = ((debian / "etc" / each).read_bytes() for each in ("passwd", "group"))
    return {
        "etc/passwd": File(users + f"{name}:x:{number}:{number}::{home}:/bin/sh\n".encode()),
        "etc/group": File(groups + f"{name}:x:{number}:\n".encode()),
    }


def _gitea(debian: Path) -> tuple[dict[str, Entry], ImageConfig]:
    """The program looks for its files in /usr/share/gitea, which is compiled in (programs.py)."""
    source = module_folder(PROGRAMS["gitea"].module, PROGRAMS["gitea"].version)
    home = f"{_GITEA_DATA}/gitea/git"
    entries: dict[str, Entry] = {
        **_user(debian, "git", contract.USER_ID, home),
        **{f"usr/share/gitea/{each}": Tree(source / each) for each in ("options", "public", "templates")},
        "usr/local/bin/gitea": File(program("gitea"), 0o755),
        "usr/local/bin/docker-entrypoint.sh": File(_GITEA_START, 0o755),
        _GITEA_DATA.lstrip("/"): Folder(owner=contract.USER_ID),
    }
    environment = {
        "GITEA_WORK_DIR": _GITEA_DATA,
        "GITEA_CUSTOM": f"{_GITEA_DATA}/gitea",
        "GITEA_APP_INI": f"{_GITEA_DATA}/gitea/conf/app.ini",
        "GITEA_TEMP": "/tmp/gitea",  # noqa: S108 # a folder in the container
        "TMPDIR": "/tmp/gitea",  # noqa: S108
        "HOME": home,
    }
    user = f"{contract.USER_ID}:{contract.USER_ID}"
    return entries, ImageConfig(("/usr/local/bin/docker-entrypoint.sh",), (), user, environment, _GITEA_DATA)


def _valkey(debian: Path, server: Path) -> tuple[dict[str, Entry], ImageConfig]:
    """Debian's redis-cli is the client: the wheel has none. It reads REDISCLI_AUTH, but not VALKEYCLI_AUTH."""
    entries: dict[str, Entry] = {
        **_user(debian, "valkey", 999, "/data"),
        "usr/local/bin/valkey-server": File(server, 0o755),
        "usr/local/bin/valkey-cli": File(debian / "usr/bin/redis-cli", 0o755),
        "data": Folder(owner=999),
    }
    return entries, ImageConfig(command=("valkey-server",), user="999:999", folder="/data")


def _buildkit(debian: Path) -> tuple[dict[str, Entry], ImageConfig]:
    """As BuildKit's own rootless image.

    Debian's newuidmap and newgidmap are setuid root, and as such need CAP_SYS_ADMIN to map the ids of a user namespace
    that is not root's; with the one capability that they use they run as the user, whose namespace it is.
    """
    home, runtime, user = "/home/user", f"/run/user/{contract.USER_ID}", contract.USER_ID
    folders = ("", "/.local", "/.local/tmp", "/.local/share", "/.local/share/buildkit")
    entries: dict[str, Entry] = {
        **_user(debian, "user", user, home),
        **{f"usr/bin/{each}": File(program(each), 0o755) for each in ("buildctl", "buildkitd", "rootlesskit")},
        "usr/bin/buildkit-runc": File(program("runc"), 0o755),
        "usr/bin/newuidmap": File(debian / "usr/bin/newuidmap", 0o755, _CAP_SETUID),
        "usr/bin/newgidmap": File(debian / "usr/bin/newgidmap", 0o755, _CAP_SETGID),
        **{f"etc/{each}": File(b"user:100000:65536\n") for each in ("subuid", "subgid")},
        **{f"{home}{each}".lstrip("/"): Folder(owner=user) for each in folders},
        runtime.lstrip("/"): Folder(0o700, user),
    }
    environment = {
        "HOME": home,
        "USER": "user",
        "XDG_RUNTIME_DIR": runtime,
        "TMPDIR": f"{home}/.local/tmp",
        "BUILDKIT_HOST": f"unix://{runtime}/buildkit/buildkitd.sock",
    }
    return entries, ImageConfig(("rootlesskit", "buildkitd"), (), f"{user}:{user}", environment)


def _agent(debian: Path) -> tuple[dict[str, Entry], ImageConfig]:
    """The stand-in, with the module of names that it shares with the generator, and Debian's redis library."""
    library = "usr/local/lib/raibid"
    source = _REPOSITORY / "tests/cluster/agent/raibid_agent.py"
    entries: dict[str, Entry] = {
        **_user(debian, "raibid", contract.USER_ID, contract.WORKSPACE_FOLDER),
        f"usr/local/bin/{contract.AGENT_COMMAND[0]}": File(source.read_bytes(), 0o755),
        **{
            f"{library}/generator/{each}": File((_REPOSITORY / "generator" / each).read_bytes())
            for each in ("__init__.py", "contract.py")
        },
    }
    user = f"{contract.USER_ID}:{contract.USER_ID}"
    return entries, ImageConfig(command=contract.AGENT_COMMAND, user=user, environment={"PYTHONPATH": f"/{library}"})

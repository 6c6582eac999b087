"""Debian packages: those that the host needs, and a small Debian root that container images stand on."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from generator.errors import OutsideError
from tests.cluster.build.cache import Report, Workshop, debian_folder, workshop

HOST_PACKAGES: Final = {
    "ca-certificates": "every download",
    "conntrack": "kube-proxy",
    "debootstrap": "the Debian root of the images",
    "gcc": "runc and gitea are compiled with C code",
    "git": "the tests push with it",
    "iproute2": "the cluster's network namespace",
    "iptables": "kube-proxy and the port mapping of CNI",
    "libc6-dev": "as gcc",
    "libseccomp-dev": "runc is compiled with it",
    "libseccomp2": "runc",
    "mount": "the kubelet's volumes",
    "openssl": "the cluster's certificates",
    "pkg-config": "how Go finds libseccomp",
    "procps": "sysctl",
    "util-linux": "nsenter, setpriv and unshare",
}
"""Package -> what needs it."""

SUITE: Final = "bookworm"
ROOT_PACKAGES: Final = (
    "bash",
    "ca-certificates",
    "curl",
    "git",
    "libseccomp2",
    "python3",
    "python3-redis",
    "redis-tools",
    "uidmap",
)
"""What the images need in addition to the essential packages."""

_NOT_IN_IMAGES: Final = (
    "dev",
    "proc",
    "sys",
    "usr/share/doc",
    "usr/share/info",
    "usr/share/locale",
    "usr/share/man",
    "var/cache/apt",
    "var/cache/debconf",
    "var/lib/apt/lists",
    "var/log",
)
"""Folders of the Debian root that are emptied: their contents come from the container's runtime, or help nobody."""


def install_host_packages(report: Report) -> None:
    """Install those of HOST_PACKAGES that are missing. Raises OutsideError where that is not possible."""
    missing = _missing()
    if not missing:
        return
    names = " ".join(missing)
    if not shutil.which("apt-get"):
        raise OutsideError(f"this system has no apt-get; the cluster needs what Debian has in the packages {names}")
    if os.geteuid() != 0:
        raise OutsideError(f"only root can install what the cluster needs: run `sudo apt-get install {names}`")
    report(f"Debian packages: installing {names} ...")
    began = time.monotonic()
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    refreshed = _run([*apt, "update"])  # one source that fails need not matter: the installation tells
    installed = _run([*apt, "install", "-y", "--no-install-recommends", *missing])
    if installed.returncode:
        raise OutsideError(f"apt-get cannot install {names}:\n{_last_lines(refreshed.stdout + installed.stdout)}")
    report(f"Debian packages: installed in {time.monotonic() - began:.1f} s")


def debian_root(report: Report) -> Path:
    """A folder with a small Debian, for container images; made once per suite and list of packages, by root.

    Raises OutsideError with debootstrap's last lines when it fails.
    """
    made_from = f"{SUITE} {ROOT_PACKAGES} {_NOT_IN_IMAGES}"
    root = debian_folder(hashlib.sha256(made_from.encode()).hexdigest()[:8])
    if root.is_dir():
        return root
    with workshop("debian", report) as shop:
        if not root.is_dir():  # another builder may have made it meanwhile
            report(f"Debian {SUITE}: making the root of the images, up to a few minutes ...")
            began = time.monotonic()
            made = _bootstrap(shop)
            size = sum(path.lstat().st_size for path in made.rglob("*"))
            made.replace(root)
            report(f"Debian {SUITE}: made in {time.monotonic() - began:.1f} s, {size / 1e6:.0f} MB")
    return root


def _missing() -> list[str]:
    if not shutil.which("dpkg-query"):
        return list(HOST_PACKAGES)
    command = ["dpkg-query", "--show", "--showformat=${db:Status-Status} ${Package}\n", *HOST_PACKAGES]
    listing = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return [name for name in HOST_PACKAGES if f"installed {name}" not in listing.splitlines()]


def _bootstrap(shop: Workshop) -> Path:
    if os.geteuid() != 0:
        raise OutsideError("only root can make the Debian root of the images")
    root = shop.folder / "root"
    # debootstrap mounts /proc and /sys below its root. In a mount namespace of its own they are gone when it is
    # killed, and no later removal of the folder can reach them. It ends with this process, for half a root is no use.
    alone = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount"]
    bootstrap = ["debootstrap", "--variant=minbase", f"--include={','.join(ROOT_PACKAGES)}"]
    result = _run([*alone, *bootstrap, SUITE, str(root), *_mirror()], shop.lock)
    if result.returncode:
        raise OutsideError(f"debootstrap cannot make Debian {SUITE}:\n{_last_lines(result.stdout)}")
    for name in _NOT_IN_IMAGES:
        shutil.rmtree(root / name, ignore_errors=True)
        (root / name).mkdir(parents=True, exist_ok=True)
    return root


def _mirror() -> list[str]:
    """The mirror that this machine's apt takes the suite from; nothing, debootstrap's own, where it knows none."""
    wanted = ("Created-By: Packages", "Origin: Debian", f"Codename: {SUITE}", "Component: main")
    if not shutil.which("apt-get"):
        return []
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", *wanted]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()[:1]


def _run(command: Sequence[str], *held: int) -> subprocess.CompletedProcess[str]:
    """Run with standard error in standard output; the open files `held` are passed on."""
    environment: Mapping[str, str] = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        pass_fds=held,
        check=False,
    )


def _last_lines(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.strip().splitlines()[-15:])

"""The programs of the cluster: each with its Go module, its version and how it is built."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final, NamedTuple

from generator.versions import CURRENT, FLUX_CONTROLLERS

GO: Final = 26
"""The minor of Go 1.x that the neediest of the modules asks for."""

LDFLAGS: Final = "-s -w"
"""Without symbols and debugging data, which nobody reads here and which are a third of a program."""

KUBERNETES: Final = "v1.36.3"
GITEA: Final = "v1.26.0"
KEDA: Final = "v2.21.0"
COREDNS: Final = "v1.14.0"
LOCAL_PATH: Final = "v0.0.30"
BUILDKIT: Final = "v0.25.1"


class Program(NamedTuple):
    """A program and everything that decides what its build yields.

    `package` is its main package, below `module`; a program without a module is a Go file of ours, beside this one.
    `replaces` are replace directives (old=new@version) in addition to the module's own. `siblings` is the version
    of the modules that go.mod requires at v0.0.0, because they live in the same repository. `stamps` are the
    variables (name=value) that the linker sets.
    """

    name: str
    module: str
    version: str
    package: str = ""
    cgo: bool = False
    tags: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    siblings: str = ""
    stamps: tuple[str, ...] = ()

    @property
    def source(self) -> Path | None:
        """The Go file of a program of ours."""
        return None if self.module else Path(__file__).parent / self.package

    @property
    def key(self) -> str:
        """The version, and a hash of all that changes the program: names its folder in the cache."""
        made_from = repr((*self, LDFLAGS)).encode() + (self.source.read_bytes() if self.source else b"")
        return f"{self.version}-{hashlib.sha256(made_from).hexdigest()[:8]}"


_containerd = "github.com/containerd/containerd/v2", "v2.1.4"
_cni = "github.com/containernetworking/plugins", "v1.9.1"
_keda = "github.com/kedacore/keda/v2", KEDA
_buildkit = "github.com/moby/buildkit", BUILDKIT
_buildkit_stamps = (f"github.com/moby/buildkit/version.Version={BUILDKIT}",)
_flux = FLUX_CONTROLLERS[CURRENT.flux]


def _kubernetes(name: str) -> Program:
    variables = "k8s.io/component-base/version"
    major, minor, _ = KUBERNETES.removeprefix("v").split(".")
    stamps = (
        f"{variables}.gitVersion={KUBERNETES}",
        f"{variables}.gitMajor={major}",
        f"{variables}.gitMinor={minor}",
    )
    siblings = KUBERNETES.replace("v1.", "v0.")  # k8s.io/api and the like are published as v0.<minor>.<patch>
    return Program(name, "k8s.io/kubernetes", KUBERNETES, f"cmd/{name}", siblings=siblings, stamps=stamps)


PROGRAMS: Final = {
    program.name: program
    for program in (
        # the node
        Program("etcd", "go.etcd.io/etcd/server/v3", "v3.6.4"),
        _kubernetes("kube-apiserver"),
        _kubernetes("kube-controller-manager"),
        _kubernetes("kube-scheduler"),
        _kubernetes("kubelet"),
        _kubernetes("kube-proxy"),
        _kubernetes("kubectl"),
        # Without the snapshotters that need C libraries or kernel modules.
        Program("containerd", *_containerd, "cmd/containerd", tags=("no_btrfs", "no_devmapper", "no_zfs")),
        Program("containerd-shim-runc-v2", *_containerd, "cmd/containerd-shim-runc-v2"),
        Program("ctr", *_containerd, "cmd/ctr"),
        Program(
            "runc",
            "github.com/opencontainers/runc",
            "v1.2.6",
            cgo=True,
            tags=("seccomp",),
            stamps=("main.version=1.2.6",),
        ),
        Program("bridge", *_cni, "plugins/main/bridge"),
        Program("loopback", *_cni, "plugins/main/loopback"),
        Program("portmap", *_cni, "plugins/meta/portmap"),
        Program("host-local", *_cni, "plugins/ipam/host-local"),
        Program("coredns", "github.com/coredns/coredns", COREDNS),
        Program(
            "local-path-provisioner",
            "github.com/rancher/local-path-provisioner",
            LOCAL_PATH,
            stamps=(f"main.VERSION={LOCAL_PATH}",),
        ),
        Program("pause", "", "ours", "pause/main.go"),
        # the platform
        Program("helm", "helm.sh/helm/v4", "v4.3.1", "cmd/helm"),
        # The library's v0.18.3, which it asks for, and v0.18.2 are not available.
        Program(
            "source-controller",
            "github.com/fluxcd/source-controller",
            _flux["source-controller"],
            replaces=("github.com/fluxcd/pkg/artifact=github.com/fluxcd/pkg/artifact@v0.18.1",),
        ),
        Program("kustomize-controller", "github.com/fluxcd/kustomize-controller", _flux["kustomize-controller"]),
        Program("helm-controller", "github.com/fluxcd/helm-controller", _flux["helm-controller"]),
        # Built in place of v1.9.4: its module is not available.
        Program("notification-controller", "github.com/fluxcd/notification-controller", "v1.5.0"),
        Program(
            "gitea",
            "code.gitea.io/gitea",
            GITEA,
            cgo=True,
            tags=("sqlite", "sqlite_unlock_notify"),
            # The second is where images.py puts the module's templates and options.
            stamps=(
                f"main.Version={GITEA.removeprefix('v')}",
                "code.gitea.io/gitea/modules/setting.StaticRootPath=/usr/share/gitea",
            ),
        ),
        Program("keda-operator", *_keda, "cmd/operator"),
        Program("keda-adapter", *_keda, "cmd/adapter"),
        Program("keda-webhooks", *_keda, "cmd/webhooks"),
        Program("buildctl", *_buildkit, "cmd/buildctl", stamps=_buildkit_stamps),
        Program("buildkitd", *_buildkit, "cmd/buildkitd", stamps=_buildkit_stamps),
        Program("rootlesskit", "github.com/rootless-containers/rootlesskit/v2", "v2.3.6", "cmd/rootlesskit"),
    )
}

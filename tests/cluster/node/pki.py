"""Keys and certificates of the cluster, valid for a week."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from generator.errors import OutsideError
from tests.cluster.node.place import KUBERNETES_SERVICE_IP, NODE_IP

_DAYS: Final = "7"
_KEY: Final = ("-newkey", "rsa:2048", "-nodes")
_SERVER_NAMES: Final = ",".join(
    (
        "DNS:localhost",
        "DNS:kubernetes",
        "DNS:kubernetes.default",
        "DNS:kubernetes.default.svc",
        "IP:127.0.0.1",
        f"IP:{NODE_IP}",
        f"IP:{KUBERNETES_SERVICE_IP}",
    )
)


def make(folder: Path) -> None:
    """`ca`, `server`, `admin` (system:masters) and `aggregator`, each with .crt and .key, and the key `sa`."""
    folder.mkdir(mode=0o700)
    _openssl("genrsa", "-out", folder / "sa.key", "2048")
    _openssl(
        *("req", "-x509", *_KEY, "-days", _DAYS, "-subj", "/CN=sandbox-ca"),
        *("-keyout", folder / "ca.key", "-out", folder / "ca.crt"),
    )
    _sign(folder, "server", "/CN=kube-apiserver", _SERVER_NAMES)
    _sign(folder, "admin", "/O=system:masters/CN=admin", "DNS:admin")
    _sign(folder, "aggregator", "/CN=aggregator", "DNS:aggregator")


def _sign(folder: Path, name: str, subject: str, names: str) -> None:
    request, extensions = folder / f"{name}.csr", folder / f"{name}.ext"
    extensions.write_text(f"subjectAltName={names}\nextendedKeyUsage=serverAuth,clientAuth\n", encoding="utf-8")
    _openssl("req", *_KEY, "-subj", subject, "-keyout", folder / f"{name}.key", "-out", request)
    _openssl(
        *("x509", "-req", "-in", request, "-CA", folder / "ca.crt", "-CAkey", folder / "ca.key", "-CAcreateserial"),
        *("-days", _DAYS, "-extfile", extensions, "-out", folder / f"{name}.crt"),
    )


def _openssl(*arguments: str | Path) -> None:
    result = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    if result.returncode:
        raise OutsideError(f"openssl {arguments[0]}: {result.stderr.strip()}")

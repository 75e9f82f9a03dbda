"""A directory as Kubernetes mounts it: a bootstrap file, and a file for each secret."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

OLD = "pp_live_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fX"
NEW = "pp_live_" + "zY9xW8vU7tS6rQ5pO4nM3lK2jI1hG0fE"
OTHER = "f3a91c7be2d84056b1f7c39e0ad4582666f01b7d9c3e4a58"
PASSWORD = "correct horse battery staple"
SIGNING = "a secret that Grafana signs its bodies with"
TEXT = """\
admin: {email: Ops@example.org, name: Ops, password_file: password}
integrations:
  prometheus-eu: {kind: alertmanager, key_files: [key], allow_ip: [10.0.0.0/8, 127.0.0.1]}
  grafana: {kind: grafana, key_files: [grafana-key], hmac_secret_file: signing}
"""


@dataclass(frozen=True)
class Mounted:
    """What is mounted; `write` changes a file as a new Secret would."""

    folder: Path

    @property
    def file(self) -> Path:
        """The bootstrap file."""
        return self.folder / "bootstrap.yaml"

    def write(self, **texts: str) -> None:
        """Write files by name; `declared` is the bootstrap file, and `_` stands for `-`."""
        for name, text in texts.items():
            path = self.file if name == "declared" else self.folder / name.replace("_", "-")
            path.write_text(text)


def mount(folder: Path) -> Mounted:
    """Write a whole example."""
    mounted = Mounted(folder)
    mounted.write(
        declared=TEXT, password=f"{PASSWORD}\n", key=f"{OLD}\n", grafana_key=OTHER, signing=f"{SIGNING}\r\n"
    )
    return mounted

"""What a person at a shell does: writes specs, runs commands, looks at what they print and how they end."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from reconciler import spec
from reconciler.cli import main
from reconciler.sandbox import Sandbox
from reconciler.sandbox.furnish import furnish

CLUSTER = """
region: us-east-1
account: "123456789012"
vpc: vpc-0a1b2c3d4e5f60001
load_balancers:
  http-internal: {name: NAME-internal, port: 80}
zone: NAME.example
defaults: {registry: registry.example}
"""
WEB = """
instances: {test: 2}
cpu: 128
mem: 128
listeners:
  - {subdomain: NAME, port: 8080, protocol: http-internal, deregistration_delay: 10}
rollout: {deadline: 5m}
"""


@dataclass(frozen=True)
class Shell:
    """A shell whose working directory is `here`."""

    here: Path

    def run(self, *arguments: str) -> Result:
        """Run `reconciler` in this process."""
        return CliRunner().invoke(main, arguments)

    def json(self, *arguments: str) -> Any:
        """What a command prints with `-o json`."""
        return json.loads(self.run(*arguments, "-o", "json").stdout)

    def write(self, path: str, text: str) -> None:
        """Write a file."""
        file = self.here / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace some text in a file."""
        text = (self.here / path).read_text()
        assert old in text
        self.write(path, text.replace(old, new))

    def write_cluster(self, name: str = "test") -> None:
        """Write a cluster file."""
        self.write(f"desired/clusters/{name}.yml", CLUSTER.replace("NAME", name))

    def write_service(self, version: str, name: str = "web") -> None:
        """Write a service with one way in, at a version."""
        self.write(f"desired/services/{name}/service.yml", WEB.replace("NAME", name))
        self.write(f"desired/services/{name}/release.yml", f"test: {version}\n")

    def delete_service(self, name: str = "web") -> None:
        """Delete a service's directory."""
        shutil.rmtree(self.here / "desired" / "services" / name)

    def furnish(self, sandbox: Sandbox) -> None:
        """Make in a sandbox what the cluster files refer to."""
        root = self.here / "desired"
        files = [(file.relative_to(root).as_posix(), file.read_bytes(), None) for file in root.rglob("*.yml")]
        furnish(sandbox, spec.load(files, "").clusters)

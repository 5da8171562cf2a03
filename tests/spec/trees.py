"""Trees of specs for tests: a good one, and a catalogue of broken files to lay over it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.spec import Desired, load

CATALOGUE = Path(__file__).parent / "refused"

CLUSTER = """\
region: us-east-1
account: "123456789012"
vpc: vpc-1
guardrails:
  registries: [docker.io, registry.example, "registry.example:5000"]
  task_roles: ["*"]
  execution_roles: ["*"]
  infrastructure_roles: ["*"]
  privileged: true
  host_network: true
  host_pid: true
  host_ipc: true
  host_ports: true
  host_paths: [/]
  docker_volumes: true
  unlimited_memory: true
"""
"""Allows what AWS takes: guardrails have tests of their own."""

GOOD = {
    "clusters/test.yml": CLUSTER
    + """\
zone: test.example
load_balancers:
  http-internal: {name: test-internal, port: 80}
  http-public: {name: test-public, port: 80}
defaults: {registry: registry.example, execution_role: ecs}
""",
    "clusters/prod.yml": CLUSTER
    + """\
zone: prod.example
load_balancers:
  http-internal: {name: prod-internal, port: 80}
subnets: [subnet-1]
defaults: {registry: registry.example, execution_role: ecs}
""",
    "clusters/bare.yml": CLUSTER,
    "services/neighbour/service.yml": """\
instances: {test: 1, prod: 3}
cpu: 256
mem: 512
listeners:
  - {subdomain: neighbour, port: 8080, protocol: http-internal}
""",
    "services/neighbour/config.yml": "default: {DEBUG: false}\ntest: {DEBUG: true}\n",
    "services/neighbour/release.yml": "default: 67c9cbb\n",
    "services/worker/service.yml": "instances: {prod: 2}\ncpu: 256\nmem: 512\nimage: worker:7\n",
}


def load_tree(*layers: Mapping[str, str | bytes]) -> Desired:
    """Load the files of all layers, later ones over earlier ones."""
    files = {path: content for layer in layers for path, content in layer.items()}
    return load(
        ((path, content.encode() if isinstance(content, str) else content, None) for path, content in files.items()),
        revision="r1",
    )


def service(text: str, **beside: str) -> dict[str, str]:
    """A tree with one service `app`: its service.yml, and files beside it by their stem."""
    files = {"service": text, **beside}
    return {f"services/app/{stem}.yml": content for stem, content in files.items()}


@dataclass(frozen=True)
class Refusal:
    """An entry of the catalogue: files, and every error they give."""

    title: str
    files: Mapping[str, str]
    errors: tuple[str, ...]


def catalogue() -> Iterator[Refusal]:
    """All entries. `=== title`, then `@ path` before each file's lines, then `> error` for each error."""
    for file in sorted(CATALOGUE.glob("*.txt")):
        for entry in re.split(r"^=== ", file.read_text(), flags=re.MULTILINE)[1:]:
            title, *lines = entry.splitlines()
            files: dict[str, str] = {}
            path = ""
            for line in lines:
                if line.startswith("@ "):
                    path = line[2:]
                    files[path] = ""
                elif not line.startswith("> "):
                    files[path] += line + "\n"
            yield Refusal(f"{file.stem}: {title}", files, tuple(line[2:] for line in lines if line.startswith("> ")))

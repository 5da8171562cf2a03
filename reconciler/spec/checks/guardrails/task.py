"""What a task shares with its instance: namespaces and files."""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from posixpath import normpath

from reconciler.spec.checks.case import Case
from reconciler.spec.checks.guardrails.refusal import refusal
from reconciler.spec.desired import Workload
from reconciler.spec.errors import Path, SpecError

_MODES = {"networkMode": "host_network", "pidMode": "host_pid", "ipcMode": "host_ipc"}


def modes(case: Case, workload: Workload) -> Iterator[SpecError]:
    """Network, processes and memory are the task's own, unless the cluster allows to share the instance's."""
    for field, guardrail in _MODES.items():
        if case.spec.task_definition.get(field) == "host" and not getattr(workload.cluster.guardrails, guardrail):
            path = ("task_definition", field)
            yield refusal(case, workload, guardrail, path, f"`{field}` is host", "remove it")


def volumes(case: Case, workload: Workload) -> Iterator[SpecError]:
    """Files of the instance are mounted only where the cluster allows it; Docker's volumes can hold any of them."""
    guardrails = workload.cluster.guardrails
    for number, volume in enumerate(case.spec.task_definition.get("volumes", ())):
        path: Path = ("task_definition", "volumes", number)
        source = volume.get("host", {}).get("sourcePath")
        if source and not is_below(source, guardrails.host_paths):
            what = f"the volume mounts {source} of the instance"
            yield refusal(case, workload, "host_paths", (*path, "host", "sourcePath"), what, "remove `sourcePath`")
        if "dockerVolumeConfiguration" in volume and not guardrails.docker_volumes:
            where = (*path, "dockerVolumeConfiguration")
            yield refusal(case, workload, "docker_volumes", where, "this is a Docker volume", "use `host: {}` or EFS")


def is_below(path: str, allowed: Iterable[str]) -> bool:
    """Whether a path of the instance is one of those allowed, or below one. `..` leads up and `//` is `/`.

    So is a backslash, but on Windows only: where one leads depends on the instance, so it leads nowhere.
    """
    if "\\" in path:
        return False
    plain = PurePosixPath(normpath(f"/{path.lstrip('/')}"))
    return any(plain.is_relative_to(normpath(f"/{other.lstrip('/')}")) for other in allowed)

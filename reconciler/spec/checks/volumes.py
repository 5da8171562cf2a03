"""Volumes of the task: what containers mount is there."""

from collections import Counter
from collections.abc import Iterator

from reconciler.spec.checks.case import Case
from reconciler.spec.errors import Path, SpecError
from reconciler.spec.wording import did_you_mean


def check_volumes(case: Case) -> Iterator[SpecError]:
    """Each mount has its volume, and each volume that the service configures is one that waits for it."""
    listed = case.spec.task_definition.get("volumes", ())
    volumes = {volume.get("name", ""): volume for volume in listed}
    called = Counter(volume.get("name", "") for volume in listed)
    for number, volume in enumerate(listed):
        name = volume.get("name", "")
        if called[name] > 1 or not name:
            message = f"another volume is called `{name}` too" if name else "a volume without a `name`"
            yield case.error(("task_definition", "volumes", number), f"{message}; give it a name of its own")
    for container in case.containers.values():
        taken: set[str] = set()
        for number, mount in enumerate(container.over.get("mountPoints", ())):
            path = (*container.at("mountPoints"), number)
            source = mount.get("sourceVolume", "")
            if source not in volumes:
                yield case.error((*path, "sourceVolume"), f"unknown volume `{source}`; {did_you_mean(source, volumes)}")
            if "containerPath" not in mount:
                yield case.error(path, f"`{container.name}` mounts `{source}` nowhere; add `containerPath`")
            elif mount["containerPath"] in taken:
                yield case.error(
                    (*path, "containerPath"),
                    f"something is mounted at {mount['containerPath']} already; mount this elsewhere",
                )
            taken.add(mount.get("containerPath", ""))
    waiting = {name for name, volume in volumes.items() if volume.get("configuredAtLaunch")}
    yield from _configured(case, waiting)


def _configured(case: Case, waiting: set[str]) -> Iterator[SpecError]:
    configured = [item["name"] for item in case.spec.service.get("volumeConfigurations", ())]
    for number, name in enumerate(configured):
        if name not in waiting:
            path: Path = ("service", "volumeConfigurations", number, "name")
            advice = did_you_mean(name, waiting)
            yield case.error(path, f"no volume `{name}` of the task is `configuredAtLaunch`; {advice}")
    for name in sorted(waiting - set(configured)):
        message = (
            f"the volume `{name}` is configured at launch, and nothing does so; add `service.volumeConfigurations`"
        )
        yield case.error(("task_definition", "volumes"), message)

"""Where images come from."""

from collections.abc import Iterator

from reconciler.spec.checks.case import Case
from reconciler.spec.checks.guardrails.refusal import refusal
from reconciler.spec.desired import Workload
from reconciler.spec.errors import Path, SpecError
from reconciler.spec.images import full_repository, is_within, parse_image
from reconciler.spec.models import Sidecar
from reconciler.spec.partial import clear


def images(case: Case, workload: Workload) -> Iterator[SpecError]:
    """The images of the short form are from registries that the cluster allows; one without `image:` always is."""
    yield from clear(_own(case, workload))
    for name, sidecar in case.spec.sidecars.items():
        yield from clear(_sidecar(case, workload, name, sidecar))


def passed_images(case: Case, workload: Workload) -> Iterator[SpecError]:
    """So are those of containers that only `task_definition:` describes."""
    for container in case.containers.values():
        if image := container.over.get("image"):
            yield from _image(case, workload, container.at("image"), image)


def _own(case: Case, workload: Workload) -> Iterator[SpecError]:
    if case.spec.image:
        yield from _image(case, workload, ("image",), case.spec.image)


def _sidecar(case: Case, workload: Workload, name: str, sidecar: Sidecar) -> Iterator[SpecError]:
    yield from _image(case, workload, ("sidecars", name, "image"), sidecar.image)


def _image(case: Case, workload: Workload, path: Path, image: str) -> Iterator[SpecError]:
    cluster = workload.cluster
    default = cluster.defaults.registry
    registries = (*([default] if default else ()), *cluster.guardrails.registries)
    repository = full_repository(parse_image(image).repository)
    if not any(is_within(repository, registry) for registry in registries):
        instead = f"take one from {' or '.join(registries)}" if registries else "leave `image` out"
        yield refusal(case, workload, "registries", path, f"the image is {repository}", instead)

"""What containers are told in secret: by somebody who may read it, and not in the open too."""

from collections.abc import Iterable, Iterator

from reconciler.spec.checks.case import Case
from reconciler.spec.containers import Container
from reconciler.spec.errors import Path, SpecError
from reconciler.spec.fields import SECRET_ARN

_PARTS_OF_ARN = 7  # of a secret; its key, stage and version may follow


def check_secrets(case: Case) -> Iterator[SpecError]:
    """No secret of the short form is a variable too, and a role can read them."""
    told = {name for workload in case.workloads for name in workload.environment}
    yield from _told_twice(case, ("secrets",), case.spec.secrets, told)
    for name, sidecar in case.spec.sidecars.items():
        yield from _told_twice(case, ("sidecars", name, "secrets"), sidecar.secrets, sidecar.environment)
    if case.spec.secrets or any(sidecar.secrets for sidecar in case.spec.sidecars.values()):
        yield from _readers(case)


def check_passed_secrets(case: Case) -> Iterator[SpecError]:
    """The same of secrets in ECS's words."""
    for container in case.containers.values():
        yield from _passed_through(case, container)
    if any(container.over.get("secrets") for container in case.containers.values()):
        yield from _readers(case)


def _readers(case: Case) -> Iterator[SpecError]:
    for cluster in (found.key.cluster for found in case.workloads if not found.execution_role):
        advice = f"set `execution_role:` here or in the defaults of clusters/{cluster}.yml"
        yield case.error_at_key(("instances", cluster), f"no role can read the secrets in `{cluster}`; {advice}")


def _told_twice(case: Case, path: Path, secrets: Iterable[str], environment: Iterable[str]) -> Iterator[SpecError]:
    for name in {*secrets} & {*environment}:
        yield case.error_at_key((*path, name), f"`{name}` is a secret and in the environment too; keep one")


def _passed_through(case: Case, container: Container) -> Iterator[SpecError]:
    told = {item.get("name") for item in container.over.get("environment", ())}
    for number, secret in enumerate(container.over.get("secrets", ())):
        path = (*container.at("secrets"), number)
        if secret["name"] in told:
            message = f"`{secret['name']}` is a secret and in the environment too; keep one"
            yield case.error((*path, "name"), message)
        arn = secret["valueFrom"]
        if ":secretsmanager:" in arn and not SECRET_ARN.fits(":".join(arn.split(":")[:_PARTS_OF_ARN])):
            yield case.error((*path, "valueFrom"), f"`valueFrom` must be {SECRET_ARN.rule}")

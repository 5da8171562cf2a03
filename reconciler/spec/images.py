"""Image references: REPOSITORY[:TAG][@DIGEST]."""

from typing import NamedTuple

_SHOWN_DIGEST = 12
_DOCKER_HUB = "docker.io"
_HUB_ALIASES = {_DOCKER_HUB, "index.docker.io"}


class ImageReference(NamedTuple):
    """The parts of an image reference; a part that is not there is ""."""

    repository: str
    tag: str
    digest: str

    @property
    def version(self) -> str:
        """The version that the reference pins: its tag, else the start of its digest; "" when it pins none."""
        return self.tag or self.digest.removeprefix("sha256:")[:_SHOWN_DIGEST]


def parse_image(image: str) -> ImageReference:
    """Take a reference apart. A colon before the last slash belongs to a registry's port."""
    name, _, digest = image.partition("@")
    path, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    return ImageReference(path + slash + last, tag, digest)


def full_repository(repository: str) -> str:
    """The repository with its registry, as Docker completes it: `nginx` is `docker.io/library/nginx`.

    Without a slash there is no registry, even if the name has a dot, as `acme.example` has.
    """
    registry, path = _split(repository) if "/" in repository else (_DOCKER_HUB, repository)
    if registry == _DOCKER_HUB and "/" not in path:
        path = f"library/{path}"
    return f"{registry}/{path}"


def is_within(repository: str, registry: str) -> bool:
    """Whether a full repository is in a registry, or in or below a path of one."""
    host, path = _split(registry)
    within = f"{host}/{path}" if path else host
    return repository == within or repository.startswith(f"{within}/")


def _split(reference: str) -> tuple[str, str]:
    """Registry and path. By Docker's rule the first part is a registry if it has a dot or a port, or is localhost."""
    host, _, path = reference.partition("/")
    if host in _HUB_ALIASES:
        return _DOCKER_HUB, path
    if "." in host or ":" in host or host == "localhost":
        return host, path
    return _DOCKER_HUB, reference

"""Image references: REPOSITORY[:TAG][@DIGEST]."""

from typing import NamedTuple

_SHOWN_DIGEST = 12


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

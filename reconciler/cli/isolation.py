"""Shuts a process off from every AWS but the embedded one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

_NOBODY = {
    # No profile, credential or endpoint out of a file, nor from the machine's own role.
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@contextmanager
def isolated() -> Iterator[list[str]]:
    """An environment without anything that could send a client elsewhere, or as somebody else, while the block runs.

    Gives the names of the variables that were taken out. Enter it before moto is imported, which reads profiles.
    """
    former = dict(os.environ)
    taken = sorted(name for name in former if name.startswith("AWS_"))
    for name in taken:
        del os.environ[name]
    unproxied = former.get("no_proxy") or former.get("NO_PROXY")
    os.environ.update(_NOBODY, no_proxy=f"{unproxied},127.0.0.1" if unproxied else "127.0.0.1")
    try:
        yield taken
    finally:
        os.environ.clear()
        os.environ.update(former)

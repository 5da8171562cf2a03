"""From what lies in a tree to the files it gives: symlinks followed inside the tree, and refused otherwise.

Directories and git trees share this, so a link means the same in a work tree as it does after the push.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from reconciler.source.tree import SourceError, SourceFile, check_total, is_spec

MAX_ENTRIES = 100_000  # links to folders of links multiply; this ends it
MAX_HOPS = 40  # as Linux has it


@dataclass(frozen=True)
class Listing:
    """All that is not hidden under a tree's root, no link followed. Paths may hold surrogates for odd bytes."""

    files: Collection[str]
    links: Mapping[str, str]  # path → target as written
    unreadable: Mapping[str, str]  # path of a file or folder → why


class LinkError(Exception):
    """A symlink that can't be followed, and what to do about it."""


def spec_files(listing: Listing, read: Callable[[Collection[str]], Mapping[str, SourceFile]]) -> tuple[SourceFile, ...]:
    """Give every spec file of the tree, sorted; `read` gets the paths that hold the contents, each once."""
    holders, refused = _select(listing)
    contents = read(set(holders.values()))
    check_total(
        sum(len(contents[holder].content or b"") for holder in holders.values())
    )  # as often as links lead to it
    found = [replace(contents[holder], path=path) for path, holder in holders.items()]
    return tuple(sorted(map(_with_printable_path, found + refused), key=lambda file: file.path))


def _select(listing: Listing) -> tuple[dict[str, str], list[SourceFile]]:
    """Walk the tree through its links: the path that holds each spec's content, and what must be refused."""
    children = _children(listing)
    holders: dict[str, str] = {}
    refused: list[SourceFile] = []
    visited = 0
    pending = [("", "", frozenset({""}))]  # the path as seen, the folder it really is, the folders it is in
    while pending:
        seen_folder, folder, above = pending.pop()
        visited += len(children[folder])
        if visited > MAX_ENTRIES:
            raise SourceError(f"more than {MAX_ENTRIES} files, counted through symlinks: remove some")
        for name in children[folder]:
            seen = join(seen_folder, name)
            try:
                real = _follow(join(folder, name), listing.links)
                _check_there(real, above, listing, children)
            except LinkError as error:
                refused.append(SourceFile(seen, None, str(error)))
                continue
            if real in children:
                pending.append((seen, real, above | {real}))
            elif is_spec(name):
                holders[seen] = real
    return holders, refused


def _check_there(real: str, above: frozenset[str], listing: Listing, children: Mapping[str, Collection[str]]) -> None:
    if real in listing.unreadable:
        raise LinkError(listing.unreadable[real])
    if real in above:
        raise LinkError("symlink to a folder that it is in: remove it")
    if real not in children and real not in listing.files:
        raise LinkError("symlink to nothing in the tree: correct its target, or remove it")


def _follow(path: str, links: Mapping[str, str]) -> str:
    """Replace each link on the way by its target; a link to anything but a path in the tree is refused."""
    ahead = path.split("/")[::-1]
    behind: list[str] = []
    hops = 0
    while ahead:
        part = ahead.pop()
        if part == "..":
            if not behind:
                raise LinkError("symlink that leaves the tree: copy the file into it")
            behind.pop()
        elif part not in ("", "."):
            behind.append(part)
        target = links.get("/".join(behind))
        if target is None:
            continue
        hops += 1
        if hops > MAX_HOPS:
            raise LinkError("symlink that leads back to itself: remove it")
        if target.startswith("/"):
            raise LinkError("symlink that leaves the tree: copy the file into it")
        behind.pop()
        ahead.extend(target.split("/")[::-1])
    return "/".join(behind)


def _children(listing: Listing) -> dict[str, set[str]]:
    children: defaultdict[str, set[str]] = defaultdict(set, {"": set()})
    for path in (*listing.files, *listing.links, *listing.unreadable):
        inner = path
        while inner:
            folder, _, name = inner.rpartition("/")
            if name in children[folder]:
                break
            children[folder].add(name)
            inner = folder
    return dict(children)


def join(folder: str, name: str) -> str:
    """Join two parts of a tree path; the root is the empty path."""
    return f"{folder}/{name}" if folder else name


def _with_printable_path(file: SourceFile) -> SourceFile:
    """Refuse names that aren't UTF-8: no log, page or tag could hold them."""
    name = file.path.encode("utf-8", "surrogateescape")
    try:
        name.decode("utf-8")
    except UnicodeDecodeError:
        return SourceFile(name.decode("utf-8", "backslashreplace"), None, "its name is not UTF-8: rename it")
    return file

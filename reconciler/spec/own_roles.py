"""The roles that the operator itself has: whoever ran a task with one of them would be the operator."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reconciler.spec.errors import rooted
from reconciler.spec.judge import Judged
from reconciler.spec.layout import SpecFile
from reconciler.spec.models import ClusterSpec

_FIELD = re.compile(r"""(?<![\w-])role["']?\s*:\s*(?:[>|]-?\s*)?["']?(arn:aws[a-z-]*:iam::[0-9]{12}:role/[^\s"',}]+)""")
"""A cluster's `role`, wherever it stands and whatever is wrong around it."""


@dataclass(frozen=True, slots=True)
class OwnRole:
    """A role of the operator's, by name or ARN, in one account or, with "", in all; and what says so."""

    role: str
    account: str
    said: str

    def is_meant_by(self, role: str, account: str) -> bool:
        """Whether a role of an account is this one.

        An account has no two roles whose names differ in path or case only:
        https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
        """
        return self.account in {"", account} and _bare(self.role) == _bare(role)


def of_settings(role: str) -> Iterator[OwnRole]:
    """The role that the operator runs as, if the settings name it: of which account, they need not say."""
    if role:
        yield OwnRole(role, "", "the setting `role`")


def of_cluster(file: SpecFile, judged: Judged[ClusterSpec], root: str) -> Iterator[OwnRole]:
    """The role that a cluster's file names. Of a file that is wrong, whatever in its text looks like one."""
    path = rooted(root, file.path)
    if not judged.errors and judged.spec and judged.spec.role:
        yield _own(judged.spec.role, path, judged.document.where_key(("role",)).line)
    if judged.errors:
        yield from _in_text(file.content.decode(errors="replace"), path)


def _in_text(text: str, path: str) -> Iterable[OwnRole]:
    return (_own(found[1], path, text.count("\n", 0, found.start()) + 1) for found in _FIELD.finditer(text))


def _own(arn: str, path: str, line: int) -> OwnRole:
    return OwnRole(arn, arn.split(":")[4], f"`role` in {path}:{line}")


def _bare(role: str) -> str:
    return role.rpartition("/")[2].casefold()

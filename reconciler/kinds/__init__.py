"""One file per kind of AWS resource, each in four small parts that know nothing of the other kinds.

`desired` (pure) says what a workload wants of this kind, `observe` reads what is there, `changes` and `removal`
(pure) turn a difference into actions of one AWS write each, `created` reads the new identity off an answer.
Kinds meet through `Ref`s. A new kind is a new file and its place in `KINDS`, which is the order of creation;
removal runs it backwards.
"""

from collections.abc import Mapping

from reconciler.kinds import dns_record, listener_rule, service, target_group, task_definition
from reconciler.kinds.base import Kind

KINDS: tuple[Kind, ...] = (task_definition, target_group, listener_rule, service, dns_record)
BY_NAME: Mapping[str, Kind] = {kind.NAME: kind for kind in KINDS}

"""Names of AWS resources, derived from what people write. Pure, and here alone, so that collisions can be foreseen.

A name only labels: identity is in the tags. But AWS refuses a second resource of the same name, so two services
whose names would meet are refused before either is touched.
"""

import hashlib

from reconciler.model import Slot

ALL_SLOTS: tuple[Slot, ...] = ("", "blue", "green")
"""Every slot a service could ever use: a strategy may change, so names of all of them are taken."""

_TARGET_GROUP_LIMIT = 32
_STEM_LIMIT = _TARGET_GROUP_LIMIT - len("-green")
_DIGEST_LENGTH = 8
_CUT = _STEM_LIMIT - _DIGEST_LENGTH - len("-")


def ecs_service_name(service: str, slot: Slot = "") -> str:
    """`httpbin`, or `httpbin-blue` for a colour."""
    return f"{service}-{slot}" if slot else service


def family(cluster: str, service: str) -> str:
    """Task definition family, `prod-httpbin`: families are one namespace per account and region."""
    return f"{cluster}-{service}"


def partition(region: str) -> str:
    """The part of AWS that a region belongs to, as ARNs name it."""
    return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(region.rsplit("-", 2)[0], "aws")


def role_arn(region: str, account: str, name: str) -> str:
    """ARN of a role by its name, which its path may precede."""
    return f"arn:{partition(region)}:iam::{account}:role/{name}"


def target_group_name(cluster: str, service: str, subdomain: str, slot: Slot = "") -> str:
    """`prod-httpbin-blue`, with the subdomain when it is not the service's own: `prod-httpbin-admin-blue`.

    AWS allows 32 letters, digits and hyphens. A longer stem is cut and told apart by a digest of the whole.
    """
    parts = [cluster, service] if _slug(subdomain) == _slug(service) else [cluster, service, subdomain]
    stem = _stem("-".join(parts))
    if len(stem) > _STEM_LIMIT:
        digest = hashlib.sha256(f"{cluster}/{service}/{subdomain}".encode()).hexdigest()[:_DIGEST_LENGTH]
        stem = f"{stem[:_CUT].rstrip('-')}-{digest}"
    return f"{stem}-{slot}" if slot else stem


def target_group_names(cluster: str) -> str:
    """What the names of all target groups of a cluster match, as IAM writes patterns: `prod-*`."""
    stem = _stem(f"{cluster}-")
    return f"{stem[:_CUT].rstrip('-') if len(stem) > _CUT else stem}*"


def _stem(name: str) -> str:
    stem = _slug(name)
    return f"tg-{stem}" if stem.startswith("internal-") else stem  # AWS keeps this prefix for itself


def _slug(name: str) -> str:
    return name.replace("_", "-")

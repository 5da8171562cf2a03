"""What keeps a command from being whole: wrong files, clusters that can't be read. One line each, with what to do."""

from collections.abc import Iterator

from reconciler.loop import Pass
from reconciler.plan.wording import sentence

_ADVICE = {
    "NoCredentialsError": "set AWS_PROFILE or AWS_ACCESS_KEY_ID; `reconciler run --sandbox` needs neither",
    "PartialCredentialsError": "set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "ProfileNotFound": "correct AWS_PROFILE, or add the profile to ~/.aws/config",
    "EndpointConnectionError": "check the network, and AWS_ENDPOINT_URL if it is set",
    "ConnectTimeoutError": "check the network, and AWS_ENDPOINT_URL if it is set",
    "ExpiredToken": "renew the credentials",
    "InvalidClientTokenId": "check the credentials",
}


def complaints(seen: Pass) -> Iterator[str]:
    """Errors of files as they are, then clusters that could not be read, those with one reason together."""
    yield from seen.status.spec_errors
    clusters: dict[str, list[str]] = {}
    for cluster, reason in sorted(seen.unread.items()):
        clusters.setdefault(reason, []).append(cluster)
    for reason, names in clusters.items():
        what = "clusters" if len(names) > 1 else "cluster"
        yield f"{what} {sentence(names)} can't be read: {reason}{_advice(reason)}"


def _advice(reason: str) -> str:
    return next((f"; {advice}" for code, advice in _ADVICE.items() if f"answered {code}" in reason), "")

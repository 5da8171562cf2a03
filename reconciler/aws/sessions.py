"""From a cluster file to a `Gateway`: region, profile, role, and the check that this is the right account."""

import threading
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.session import get_session

from reconciler.aws.gateway import Gateway, Traffic
from reconciler.clock import Clock
from reconciler.spec.models import ClusterSpec

# Short timeouts and one attempt: the gateway retries, and no call may outlive a lease.
_CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 1},
    max_pool_connections=16,
    user_agent_extra="reconciler",
)


class WrongAccountError(Exception):
    """The credentials belong to another account than the cluster file names."""


Clients = Callable[[str], Any]
"""Gives the boto3 client of a service, such as `ecs`."""


def connect(
    name: str,
    cluster: ClusterSpec,
    clients: Clients,
    clock: Clock,
    on_call: Callable[[Traffic], None],
    stop: threading.Event | None = None,
) -> Gateway:
    """A gateway for a cluster, its account verified with STS before anything else is asked.

    Raises `WrongAccountError`, or `AwsError` when STS can't say.
    """
    gateway = Gateway(clients, clock, on_call, stop)
    account = gateway.call("sts", "GetCallerIdentity")["Account"]
    if account != cluster.account:
        raise WrongAccountError(
            f"credentials are for account {account}, but clusters/{name}.yml says {cluster.account}; "
            "nothing is done there until the credentials, the `role:` or the `account:` is corrected"
        )
    return gateway


def clients_of(cluster: ClusterSpec) -> Clients:
    """Clients for a cluster's region, each made once.

    Credentials, profile and `AWS_ENDPOINT_URL` come from the environment as for any boto3 program; a cluster's
    `role` is assumed, and renewed before it expires.
    """
    return _clients(_session(cluster))


def _session(cluster: ClusterSpec) -> boto3.Session:
    base = get_session()
    factory = base.get_component("response_parser_factory")
    # Timestamps stay as AWS sends them: parsing every event of DescribeServices costs four times the rest.
    factory.set_parser_defaults(timestamp_parser=lambda value: value)
    if not cluster.role:
        return boto3.Session(botocore_session=base, region_name=cluster.region)
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=base.create_client,
        source_credentials=base.get_credentials(),
        role_arn=cluster.role,
        extra_args={"RoleSessionName": "reconciler"},
    )
    assumed = get_session()
    assumed.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=lambda value: value)
    assumed._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, method="assume-role")  # type: ignore[attr-defined]  # noqa: SLF001 - botocore has no public way to set refreshing credentials
    return boto3.Session(botocore_session=assumed, region_name=cluster.region)


def _clients(session: boto3.Session) -> Clients:
    made: dict[str, Any] = {}
    lock = threading.Lock()

    def client(service: str) -> Any:  # noqa: ANN401 - boto3 makes clients at run time
        with lock:  # Sessions are not thread-safe; the clients they make are.
            if service not in made:
                made[service] = session.client(service, config=_CONFIG)  # type: ignore[call-overload]
            return made[service]

    return client

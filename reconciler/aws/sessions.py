"""From a cluster file to a `Gateway`: region, profile, role, and the check that this is the right account."""

import threading
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    Credentials,
    DeferredRefreshableCredentials,
    ReadOnlyCredentials,
)
from botocore.exceptions import InvalidEndpointConfigurationError, NoCredentialsError
from botocore.parsers import ResponseParserError
from botocore.session import Session, get_session

from reconciler.aws.gateway import Gateway, Traffic
from reconciler.aws.rates import Budgets
from reconciler.aws.term import Term
from reconciler.clock import Clock
from reconciler.spec.models import ClusterSpec

# Short timeouts and one attempt: the gateway retries, and no call may outlive a lease.
_CONNECT_SECONDS, _READ_SECONDS = 2, 5
CALL_SECONDS = _CONNECT_SECONDS + _READ_SECONDS
"""How long one attempt at a call takes at most, where the name has one address and the answer comes in one go.

Each address that swallows packets costs its own time to connect, and each part of an answer its own time to read. The
first is what a lease's margin is for; when the second begins, the write has been made.
"""

_CONFIG = Config(
    connect_timeout=_CONNECT_SECONDS,
    read_timeout=_READ_SECONDS,
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
    budgets: Budgets,
    on_call: Callable[[Traffic], None],
    term: Term | None = None,
) -> Gateway:
    """A gateway for a cluster, its account verified with STS before anything else is asked.

    Raises `WrongAccountError`, or `AwsError` when STS can't say.
    """
    gateway = Gateway(clients, clock, partial(budgets.bucket, cluster.account, cluster.region), on_call, term)
    account = gateway.call("sts", "GetCallerIdentity")["Account"]
    if account != cluster.account:
        raise WrongAccountError(
            f"credentials are for account {account}, but clusters/{name}.yml says {cluster.account}; "
            "nothing is done there until the credentials, the `role:` or the `account:` is corrected"
        )
    return gateway


def clients_of(cluster: ClusterSpec) -> Clients:
    """Clients for a cluster's region; its `role`, if it has one, is assumed, and renewed before it expires."""
    return clients_in(cluster.region, cluster.role)


def clients_in(region: str | None, role: str | None = None) -> Clients:
    """Clients for a region, each made once, when it is first asked for; None is the environment's region.

    Whoever gets one can call at once: credentials that expire soon are renewed before, not between a look at the lease
    and the write that it allows.

    Credentials, profile and `AWS_ENDPOINT_URL` come from the environment as for any boto3 program. What is wrong with
    these is the first call's error.
    """
    made: dict[str, Any] = {}
    lock = threading.Lock()
    opened = cache(lambda: _session(region, role))

    def client(service: str) -> Any:  # noqa: ANN401 - boto3 makes clients at run time
        with lock:  # Sessions are not thread-safe; the clients they make are.
            session, credentials = opened()
            if service not in made:
                made[service] = _client(session, service, region_name=region)
        credentials.renew()
        return made[service]

    return client


class _Steady(Credentials):
    """Credentials that are renewed when `renew` says so, and never while a call is signed.

    botocore's own are: a renewal that has failed a quarter of an hour before they expire is tried again by each call.
    """

    def __init__(self, source: Credentials) -> None:
        super().__init__("", "", method=source.method)
        self._source, self._frozen = source, super().get_frozen_credentials()

    def renew(self) -> None:
        """Renew them if they expire soon. Raises what botocore raises when they would be needed by now."""
        self._frozen = self._source.get_frozen_credentials()

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """What calls are signed with."""
        return self._frozen


def _session(region: str | None, role: str | None) -> tuple[Session, _Steady]:
    session = get_session()
    session.set_default_client_config(_CONFIG)  # of the clients as well by which botocore gets credentials
    # Timestamps stay as AWS sends them: parsing every event of DescribeServices costs four times the rest.
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=lambda value: value)
    credentials = session.get_credentials()
    if credentials is None:
        raise NoCredentialsError
    steady = _Steady(_assumed(session, credentials, role, region) if role else credentials)
    session._credentials = steady  # type: ignore[attr-defined]  # noqa: SLF001 - botocore has no public way to set refreshing credentials
    return session, steady


def _assumed(session: Session, source: Credentials, role: str, region: str | None) -> DeferredRefreshableCredentials:
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=partial(_client, session, region_name=region),
        source_credentials=source,
        role_arn=role,
        extra_args={"RoleSessionName": "reconciler"},
    )
    return DeferredRefreshableCredentials(fetcher.fetch_credentials, method="assume-role")


def _client(session: Session, service: str, **parameters: Any) -> Any:  # noqa: ANN401 - boto3 makes clients at run time
    try:
        client = session.create_client(service, **parameters)
    except ValueError as error:  # botocore's word for an endpoint that is no URL
        raise InvalidEndpointConfigurationError(msg=str(error)) from error
    client.meta.events.register("before-parse", _must_be_whole)
    return client


def _must_be_whole(response_dict: dict[str, Any], **_: object) -> None:
    """Of JSON that breaks off botocore makes an empty answer, as if nothing were wrong."""
    announced, body = response_dict["headers"].get("Content-Length"), response_dict["body"]
    if announced is not None and isinstance(body, bytes) and int(announced) != len(body):
        raise ResponseParserError(f"the answer breaks off: {len(body)} bytes of {announced}")

"""Every fault there is, by what it can happen to: the table of error codes, and what becomes of answers."""

from collections.abc import Sequence

from reconciler.aws.gateway import is_read
from tests.faults.injector import (
    AnswerLost,
    BrokenAfter,
    EmptyPage,
    Fault,
    Missing,
    NotReached,
    Refused,
    RepeatedPage,
    ShortPage,
    Stale,
    Truncated,
)

CODES = {
    "ecs": (
        Refused("ThrottlingException"),
        Refused("ServerException", status=500),
        BrokenAfter(500, "ServerException"),
        Refused("ServiceNotActiveException"),
        Refused("ConflictException"),
        Refused("InvalidParameterException", "Creation of service was not idempotent."),
        Refused("InvalidParameterException", "Unable to Start a service that is still Draining."),
        Refused("InvalidParameterException", "The service cannot be stopped while deployments are active."),
        Refused("InvalidParameterException"),
        Refused("ClientException"),
        Refused("AccessDeniedException"),
        Refused("ClusterNotFoundException"),
        Refused("PlatformUnknownException"),
        Refused("PlatformTaskDefinitionIncompatibilityException"),
        Refused("UnsupportedFeatureException"),
        Refused("LimitExceededException"),
        Refused("BlockedException"),
    ),
    "elbv2": (
        Refused("Throttling"),
        Refused("ThrottlingException"),
        Refused("HealthUnavailable", status=500),
        Refused("PriorityInUse"),
        Refused("ResourceInUse"),
        Refused("DuplicateTargetGroupName"),
        Refused("DuplicateListener"),
        Refused("TargetGroupNotFound"),
        Refused("RuleNotFound"),
        Refused("ListenerNotFound"),
        Refused("LoadBalancerNotFound"),
        Refused("TooManyRules"),
        Refused("TooManyTargetGroups"),
        Refused("TargetGroupAssociationLimit"),
        Refused("InvalidTarget"),
        Refused("InvalidConfigurationRequest"),
        Refused("OperationNotPermitted"),
    ),
    "route53": (
        Refused("Throttling"),
        Refused("PriorRequestNotComplete"),
        Refused("InvalidChangeBatch"),
        Refused("NoSuchHostedZone", status=404),
        Refused("InvalidInput"),
    ),
}
ANYWHERE = (
    NotReached(),
    NotReached(timeout=True),
    Refused("429", status=429),
    Refused("RequestLimitExceeded", status=503),
    Refused("ExpiredToken"),
    Refused("ExpiredTokenException"),
    Refused("UnrecognizedClientException"),
    Refused("RequestTimeTooSkewed", status=403),
    AnswerLost(timeout=True),
    AnswerLost(timeout=False),
    BrokenAfter(500, "InternalFailure"),
    BrokenAfter(502),
    BrokenAfter(503),
    BrokenAfter(504),
    Truncated(),
)
READS = (Stale(1), Stale(3), EmptyPage(), ShortPage(), RepeatedPage())


def faults_of(service: str, operation: str) -> Sequence[Fault]:
    """What can go wrong with a call of this operation."""
    missing = (Missing(),) if operation == "DescribeServices" else ()
    reads = READS + missing if is_read(operation) else ()
    return (*CODES.get(service, ()), *ANYWHERE, *reads)

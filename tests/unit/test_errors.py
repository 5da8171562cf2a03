"""What is done about each answer of AWS's, by its wire name: the table that the operator lives by."""

import pytest
from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from reconciler.aws import ErrorClass
from reconciler.aws.errors import classify, translate

TRANSIENT, CONFLICT, REFUSED, SICK, AMBIGUOUS = (
    ErrorClass.TRANSIENT,
    ErrorClass.CONFLICT,
    ErrorClass.REFUSED,
    ErrorClass.SICK,
    ErrorClass.AMBIGUOUS,
)
TABLE = {
    TRANSIENT: """
        ThrottlingException Throttling HealthUnavailable PriorRequestNotComplete RateExceeded
        ResourceContention ServiceLinkedRoleFailure 429 RequestLimitExceeded TooManyRequestsException
    """,
    CONFLICT: """
        ServiceNotActiveException ConflictException PriorityInUse ResourceInUse DuplicateTargetGroupName
        DuplicateListener TargetGroupNotFound RuleNotFound ListenerNotFound LoadBalancerNotFound InvalidChangeBatch
        ScalingActivityInProgress InstanceRefreshInProgress AlreadyExists InvalidNextToken
    """,
    REFUSED: """
        InvalidParameterException ClientException AccessDeniedException ClusterNotFoundException
        PlatformUnknownException PlatformTaskDefinitionIncompatibilityException UnsupportedFeatureException
        LimitExceededException BlockedException TooManyRules TooManyTargetGroups TargetGroupAssociationLimit
        InvalidTarget InvalidConfigurationRequest OperationNotPermitted NoSuchHostedZone InvalidInput LimitExceeded
        IrreversibleInstanceRefresh ValidationError NeverHeardOf
    """,
    SICK: "ExpiredToken ExpiredTokenException UnrecognizedClientException RequestTimeTooSkewed",
}
CODES = [(code, kind) for kind, codes in TABLE.items() for code in codes.split()]
MESSAGES = [
    "Creation of service was not idempotent.",
    "Unable to Start a service that is still Draining.",
    "The service cannot be stopped while deployments are active.",
]


@pytest.mark.parametrize(("code", "kind"), CODES)
def test_each_code_is_of_the_class_that_the_table_says(code: str, kind: ErrorClass) -> None:
    assert classify(code, "", 400) is kind


@pytest.mark.parametrize("message", MESSAGES)
def test_what_ecs_says_of_a_state_that_passes_is_a_conflict_whatever_its_code(message: str) -> None:
    assert classify("InvalidParameterException", message, 400) is CONFLICT


@pytest.mark.parametrize("code", ["InternalFailure", "ServerException"])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_that_breaks_may_have_done_what_it_was_asked(status: int, code: str) -> None:
    assert classify(code, "", status) is AMBIGUOUS


def test_too_many_requests_are_tried_again_whatever_the_body_calls_it() -> None:
    assert classify("SlowDown", "", 429) is TRANSIENT


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (EndpointConnectionError(endpoint_url="https://aws.example"), TRANSIENT),
        (ConnectTimeoutError(endpoint_url="https://aws.example"), TRANSIENT),
        (ReadTimeoutError(endpoint_url="https://aws.example"), AMBIGUOUS),
        (ConnectionClosedError(endpoint_url="https://aws.example"), AMBIGUOUS),
        (ResponseParserError("no element found"), AMBIGUOUS),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_was_never_sent_was_not_done_and_what_was_sent_may_have_been(error: Exception, kind: ErrorClass) -> None:
    assert translate("ecs", "UpdateService", error).kind is kind

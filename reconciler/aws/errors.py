"""AWS's error codes, sorted by what to do about them.

Codes are the wire names, from the services' API references and botocore's models. What is not listed is refused:
retrying an unknown answer can only do harm.
"""

import re
from enum import StrEnum

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError


class ErrorClass(StrEnum):
    """What an error asks for."""

    TRANSIENT = "transient"  # nothing was done; the same call may succeed later
    AMBIGUOUS = "ambiguous"  # it may have been done: read again, never assume
    CONFLICT = "conflict"  # the world is not what the plan thought: read again, plan again
    REFUSED = "refused"  # it will not succeed until the spec or the account changes
    SICK = "sick"  # the process itself is at fault: credentials, clock


_THROTTLES = {
    "ThrottlingException",
    "Throttling",
    "ThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "RateExceeded",
    "ProvisionedThroughputExceededException",
    "429",
}
_TRANSIENT = _THROTTLES | {
    "HealthUnavailable",
    "PriorRequestNotComplete",
    "ResourceContention",
    "ServiceLinkedRoleFailure",
}
_CONFLICT = {
    "ServiceNotActiveException",
    "ServiceNotFoundException",
    "ConflictException",
    "PriorityInUse",
    "ResourceInUse",
    "DuplicateTargetGroupName",
    "DuplicateListener",
    "TargetGroupNotFound",
    "RuleNotFound",
    "ListenerNotFound",
    "LoadBalancerNotFound",
    "InvalidChangeBatch",
    "ScalingActivityInProgress",
    "InstanceRefreshInProgress",
    "AlreadyExists",
    "InvalidNextToken",
}
_CONFLICT_MESSAGES = (
    "Creation of service was not idempotent",
    "still Draining",
    "cannot be stopped while deployments are active",
    "TaskDefinition is inactive",
    "does not have an associated load balancer",
)
_SICK = {
    "ExpiredToken",
    "ExpiredTokenException",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
}
_TRANSIENT_MESSAGES = ("Too many concurrent attempts to create a new revision",)
_TOO_MANY_REQUESTS = 429
_SERVER_FAULTS = (500, 502, 503, 504)
_NO_ANSWER = {error.__name__ for error in (ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError)}


_DENIALS = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_NOT_ALLOWED = re.compile(r"not authorized to perform: ([\w-]+:\w+)")
_PREFIXES = {"elbv2": "elasticloadbalancing"}  # of actions in policies, where they are not the client's name


class AwsError(Exception):
    """A call to AWS failed. Says which call, AWS's code and message, what class of error it is, what is not allowed."""

    def __init__(self, service: str, operation: str, code: str, message: str, kind: ErrorClass) -> None:
        super().__init__(
            f"{service}:{operation} answered {code}: {message}{_advice(service, operation, code, message)}"
        )
        self.service, self.operation, self.code, self.message, self.kind = service, operation, code, message, kind

    @property
    def throttles(self) -> bool:
        """Whether AWS asked for fewer calls."""
        return self.code in _THROTTLES

    @property
    def unanswered(self) -> bool:
        """Whether AWS was not reached, or was silent until the time was up."""
        return self.code in _NO_ANSWER


def _advice(service: str, operation: str, code: str, message: str) -> str:
    """Which action is missing. It may be another than the call's own: `iam:PassRole`, say, of any code."""
    named = _NOT_ALLOWED.search(message)
    if not named and code not in _DENIALS:
        return ""
    action = named[1] if named else f"{_PREFIXES.get(service, service)}:{operation}"
    return f"; {action} is not allowed here: compare the operator's policy with what `reconciler iam-policy` prints"


def repeated_page(service: str, operation: str, page: str) -> AwsError:
    """A listing came back to a page it had shown: it can't be trusted to be whole."""
    return AwsError(service, operation, "RepeatedPage", f"page {page} came twice", ErrorClass.TRANSIENT)


def unread(service: str, operation: str, what: str) -> AwsError:
    """An answer that contradicts another one: nothing can be concluded from either."""
    return AwsError(service, operation, "Contradiction", what, ErrorClass.TRANSIENT)


def withheld(service: str, operation: str, why: str) -> AwsError:
    """A call that was not sent: whoever leads next looks again and decides anew."""
    return AwsError(service, operation, "NotSent", why, ErrorClass.CONFLICT)


def translate(service: str, operation: str, error: Exception) -> AwsError:
    """What botocore raises as an `AwsError`."""
    if isinstance(error, ClientError):
        code = str(error.response.get("Error", {}).get("Code", "Unknown"))
        message = str(error.response.get("Error", {}).get("Message", ""))
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        return AwsError(service, operation, code, message, classify(code, message, status))
    return AwsError(service, operation, type(error).__name__, str(error), _classify_local(error))


def classify(code: str, message: str, status: int) -> ErrorClass:
    """What an answer with this code, message and HTTP status asks for."""
    if code in _TRANSIENT or status == _TOO_MANY_REQUESTS or any(text in message for text in _TRANSIENT_MESSAGES):
        return ErrorClass.TRANSIENT
    if code in _CONFLICT or any(text in message for text in _CONFLICT_MESSAGES):
        return ErrorClass.CONFLICT
    if code in _SICK:
        return ErrorClass.SICK
    return ErrorClass.AMBIGUOUS if status in _SERVER_FAULTS else ErrorClass.REFUSED


def _classify_local(error: Exception) -> ErrorClass:
    if isinstance(error, (EndpointConnectionError, ConnectTimeoutError)):
        return ErrorClass.TRANSIENT
    if isinstance(error, (HTTPClientError, ResponseParserError)):  # the latter: half of an answer
        return ErrorClass.AMBIGUOUS
    if isinstance(error, (CredentialRetrievalError, NoCredentialsError, PartialCredentialsError)):
        return ErrorClass.SICK
    return ErrorClass.REFUSED

"""The only boto3. Everything the operator says to AWS goes through a `Gateway`, one per account and region."""

from reconciler.aws.errors import AwsError, ErrorClass
from reconciler.aws.gateway import Answers, Gateway, Traffic
from reconciler.aws.rates import Budgets
from reconciler.aws.sessions import CALL_SECONDS, WrongAccountError, clients_in, clients_of, connect
from reconciler.aws.term import Term

__all__ = [
    "CALL_SECONDS",
    "Answers",
    "AwsError",
    "Budgets",
    "ErrorClass",
    "Gateway",
    "Term",
    "Traffic",
    "WrongAccountError",
    "clients_in",
    "clients_of",
    "connect",
]

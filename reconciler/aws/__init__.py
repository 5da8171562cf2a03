"""The only boto3. Everything the operator says to AWS goes through a `Gateway`, one per account and region."""

from reconciler.aws.errors import AwsError, ErrorClass
from reconciler.aws.gateway import Answers, Gateway, Traffic
from reconciler.aws.rates import Budgets
from reconciler.aws.sessions import WrongAccountError, clients_of, connect

__all__ = [
    "Answers",
    "AwsError",
    "Budgets",
    "ErrorClass",
    "Gateway",
    "Traffic",
    "WrongAccountError",
    "clients_of",
    "connect",
]

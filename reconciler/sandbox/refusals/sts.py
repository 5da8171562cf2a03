"""What makes a call for credentials wrong."""

from reconciler.sandbox.refusals.live import Live, Parameters


def role_absent(parameters: Parameters, live: Live) -> str | None:
    """AWS does not tell a role that is missing from one that may not be assumed."""
    return None if live.has_role(parameters["RoleArn"]) else parameters["RoleArn"]

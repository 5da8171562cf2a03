"""A service in a cluster that allows nothing but what a test says."""

from reconciler.spec import Desired
from tests.spec.trees import load_tree, service

ACCOUNT = "123456789012"
CLOSED = f"""\
region: us-east-1
account: "{ACCOUNT}"
vpc: vpc-1
role: arn:aws:iam::{ACCOUNT}:role/operators/reconciler
defaults: {{registry: registry.example/team, task_role: "{{service}}-task", execution_role: pull}}
"""
OTHER = CLOSED.replace("/reconciler", "/other")
APP = "instances: {prod: 2}\ncpu: 256\nmem: 512\n"
RELEASE = "default: v1\n"


def loaded(text: str, guardrails: str = "", **beside: str) -> Desired:
    """The tree of one service in a cluster that is closed but for its guardrails, beside another cluster."""
    clusters = {"clusters/prod.yml": CLOSED + guardrails, "clusters/other.yml": OTHER}
    return load_tree(clusters, service(APP + text, **beside))


def told(text: str, guardrails: str = "", **beside: str) -> list[str]:
    """What is said of the service, without the name of its file."""
    errors = loaded(text, guardrails, **({"release": RELEASE} | beside)).errors
    return [f"{error.line}:{error.column}: {error.message}" for error in errors]


def container(fields: str, name: str = "app") -> str:
    return f"task_definition: {{containerDefinitions: [{{name: {name}, {fields}}}]}}\n"


def allowing(guardrail: str) -> str:
    return f"guardrails: {{{guardrail}}}\n"

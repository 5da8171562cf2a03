"""The tagging API answered in moto's place: it knows no listeners and rules, and cuts pages by their tags."""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.resource_tagging import (
    TaggedResource,
    iter_taggable_backends,
    make_tag_matcher,
    match_resource_type,
)

from reconciler.sandbox.calls import Answer, AwsRefusal, Call
from reconciler.sandbox.corrections.pages import page
from reconciler.sandbox.refusals.live import Live

_PAGE = 50


def get_resources(call: Call) -> Mapping[str, Any]:
    """The tagged resources that every filter matches, in pages of `ResourcesPerPage`."""
    invalid = AwsRefusal("PaginationTokenExpiredException", "The specified pagination token has expired.")
    part, token = page(
        sorted(_matching(call), key=lambda each: each.arn),
        after=call.parameters.get("PaginationToken"),
        size=int(call.parameters.get("ResourcesPerPage") or _PAGE),
        name=lambda each: each.arn,
        invalid=invalid,
    )
    return {
        "ResourceTagMappingList": [
            {"ResourceARN": each.arn, "Tags": [{"Key": key, "Value": value} for key, value in each.tags.items()]}
            for each in part
        ],
        "PaginationToken": token or "",
    }


def _matching(call: Call) -> Iterator[TaggedResource]:
    matches = make_tag_matcher(call.parameters.get("TagFilters"))
    arns = call.parameters.get("ResourceARNList")
    for each in _tagged(call):
        kind = match_resource_type(each.resource_type, call.parameters.get("ResourceTypeFilters"))
        if each.tags and kind and matches(each.tags) and (not arns or each.arn in arns):
            yield each


def _tagged(call: Call) -> Iterator[TaggedResource]:
    for backend in iter_taggable_backends(call.account, call.region):
        yield from backend.iter_tagged_resources()
    live = Live(call.account, call.region)
    tags = live.elbv2.tagging_service.get_tag_dict_for_resource
    for listener in live.listeners():
        yield TaggedResource(listener.arn, tags(listener.arn), "elasticloadbalancing:listener")
        for rule in listener.rules.values():
            yield TaggedResource(rule.arn, tags(rule.arn), "elasticloadbalancing:listener-rule")


ANSWERS: dict[str, Answer] = {"GetResources": get_resources}

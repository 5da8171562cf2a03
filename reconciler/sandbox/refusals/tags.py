"""What makes tags wrong, in the calls of every service."""

from reconciler.sandbox.refusals.live import Live, Parameters

_MAX_TAGS = 50


def _keys(parameters: Parameters) -> list[str]:
    """Tag keys as ECS and ELBv2 spell them."""
    tags = parameters.get("Tags") or parameters.get("tags") or []
    return [tag.get("Key", tag.get("key", "")) for tag in tags]


def reserved(parameters: Parameters, _: Live) -> str | None:
    """Keys that begin with `aws:` are AWS's own."""
    return next((key for key in _keys(parameters) if key.lower().startswith("aws:")), None)


def twice(parameters: Parameters, _: Live) -> str | None:
    """The same key given twice."""
    keys = _keys(parameters)
    return next((key for key in keys if keys.count(key) > 1), None)


def too_many(parameters: Parameters, live: Live) -> bool:
    """More than 50 tags on a load-balancing resource, what it has already included."""
    keys = set(_keys(parameters))
    have = (
        set(live.elbv2.tagging_service.get_tag_dict_for_resource(arn)) for arn in parameters.get("ResourceArns") or [""]
    )
    return any(len(keys | each) > _MAX_TAGS for each in have)

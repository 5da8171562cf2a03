"""Names that AWS accepts, that people can read, and that stay the same."""

import re
from fnmatch import fnmatchcase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model import Slot
from reconciler.spec.names import ALL_SLOTS, ecs_service_name, family, target_group_name, target_group_names

NAMES = st.from_regex(r"[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?", fullmatch=True)
LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True)


@pytest.mark.parametrize(
    ("cluster", "service", "subdomain", "slot", "name"),
    [
        ("prod", "httpbin", "httpbin", "", "prod-httpbin"),
        ("prod", "httpbin", "httpbin", "blue", "prod-httpbin-blue"),
        ("prod", "httpbin", "admin", "green", "prod-httpbin-admin-green"),
        ("prod", "api_gateway", "api-gateway", "blue", "prod-api-gateway-blue"),
        ("prod", "api_gateway", "api", "blue", "prod-api-gateway-api-blue"),
        ("internal", "web", "web", "", "tg-internal-web"),
        ("prod", "deploy-internal", "deploy-internal", "", "prod-deploy-internal"),
        ("production", "recommendation-engine", "recommendation-engine", "", "production-recomm-43cf9322"),
        ("production", "recommendation-engine", "recommendation-engine", "green", "production-recomm-43cf9322-green"),
    ],
)
def test_a_target_group_is_named_after_what_it_serves(
    cluster: str, service: str, subdomain: str, slot: Slot, name: str
) -> None:
    assert target_group_name(cluster, service, subdomain, slot) == name


def test_services_and_families_are_named_after_what_they_are() -> None:
    assert [ecs_service_name("httpbin", slot) for slot in ALL_SLOTS] == ["httpbin", "httpbin-blue", "httpbin-green"]
    assert family("prod", "httpbin") == "prod-httpbin"


@settings(deadline=None)
@given(NAMES, NAMES, LABELS, st.sampled_from(ALL_SLOTS))
def test_aws_accepts_every_name_of_a_target_group(cluster: str, service: str, subdomain: str, slot: Slot) -> None:
    name = target_group_name(cluster, service, subdomain, slot)

    assert re.fullmatch(r"(?!internal-)[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", name)


@settings(deadline=None)
@given(NAMES, NAMES, LABELS)
def test_the_slots_of_one_listener_never_share_a_name(cluster: str, service: str, subdomain: str) -> None:
    assert len({target_group_name(cluster, service, subdomain, slot) for slot in ALL_SLOTS}) == len(ALL_SLOTS)


@settings(deadline=None)
@given(NAMES, NAMES, LABELS, st.sampled_from(ALL_SLOTS))
def test_the_pattern_of_a_clusters_target_groups_matches_each_of_them(
    cluster: str, service: str, subdomain: str, slot: Slot
) -> None:
    assert fnmatchcase(target_group_name(cluster, service, subdomain, slot), target_group_names(cluster))


@pytest.mark.parametrize(
    ("cluster", "pattern"),
    [
        ("prod", "prod-*"),
        ("internal", "tg-internal-*"),
        ("eu_west", "eu-west-*"),
        ("a-cluster-of-long-name", "a-cluster-of-long*"),
    ],
)
def test_the_target_groups_of_a_cluster_are_named_alike(cluster: str, pattern: str) -> None:
    assert target_group_names(cluster) == pattern

"""Clusters that share an account and a region share what there is to read."""

from tests.scale.fleet import Fleet, operations

CLUSTERS = ("alpha", "beta", "gamma", "delta")


def test_clusters_in_one_region_read_its_target_groups_and_balancers_once_and_their_own_once_each(
    small_fleet: Fleet,
) -> None:
    for cluster in CLUSTERS:
        small_fleet.cluster(cluster, "shared.example", (f"http-{cluster}",))
        small_fleet.service(f"web-{cluster}", cluster, f"http-{cluster}")
    small_fleet.converge()
    assert operations(small_fleet.sweep()) == {
        "DescribeClusters": 1,
        "ListServices": 4,
        "DescribeServices": 4,
        "DescribeRules": 4,
        "DescribeTargetGroups": 1,
        "ListResourceRecordSets": 1,
        "DescribeTags": 1,
    }
    small_fleet.restart()
    first = operations(small_fleet.sweep())
    once = ("GetCallerIdentity", "DescribeLoadBalancers", "ListHostedZonesByName", "DescribeTargetGroups")
    assert {name: first[name] for name in once} == dict.fromkeys(once, 1)


def test_clusters_on_one_listener_read_its_rules_once_and_keep_to_their_own(small_fleet: Fleet) -> None:
    for cluster in CLUSTERS:
        small_fleet.cluster(cluster, f"{cluster}.example", ("http-shared",))
        small_fleet.service(f"web-{cluster}", cluster, "http-shared")
    small_fleet.converge()
    sent = operations(small_fleet.sweep())
    assert (sent["DescribeRules"], sent["ListResourceRecordSets"]) == (1, len(CLUSTERS))
    (small_fleet.root / "services" / "web-gamma" / "release.yml").write_text("gamma: v2\n")
    assert [each.operation for each in small_fleet.sweep() if each.operation.startswith(("Register", "Update"))] == [
        "RegisterTaskDefinition",
        "UpdateService",
    ]

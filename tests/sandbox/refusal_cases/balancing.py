"""What ELBv2 refuses."""

from tests.sandbox.house import Cases, after

ABSENT_GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/gone/0123456789abcdef"
ABSENT_BALANCER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/gone/0123456789abcdef"
ABSENT_LISTENER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/gone/01/02"
ABSENT_RULE = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener-rule/app/gone/01/02/03"


def _tags(count: int) -> list[dict[str, str]]:
    return [{"Key": f"k{number}", "Value": ""} for number in range(count)]


CASES: Cases = {
    "21 resources to describe the tags of": (
        lambda house: house.elb.describe_tags(ResourceArns=[house.main] * 21),
        "ValidationError: Cannot have more than 20 resources described",
    ),
    "21 target groups to describe": (
        lambda house: house.elb.describe_target_groups(Names=[f"g{n}" for n in range(21)]),
        "ValidationError: You cannot describe more than '20' target groups at a time",
    ),
    "21 load balancers to describe": (
        lambda house: house.elb.describe_load_balancers(Names=[f"g{n}" for n in range(21)]),
        "ValidationError: You cannot describe more than '20' load balancers at a time",
    ),
    "tags of a target group that is not there": (
        lambda house: house.elb.describe_tags(ResourceArns=[ABSENT_GROUP]),
        f"TargetGroupNotFound: Target group '{ABSENT_GROUP}' not found",
    ),
    "tags of a load balancer that is not there": (
        lambda house: house.elb.describe_tags(ResourceArns=[ABSENT_BALANCER]),
        f"LoadBalancerNotFound: Load balancer '{ABSENT_BALANCER}' not found",
    ),
    "tags of a listener that is not there": (
        lambda house: house.elb.describe_tags(ResourceArns=[ABSENT_LISTENER]),
        f"ListenerNotFound: Listener '{ABSENT_LISTENER}' not found",
    ),
    "tags of a rule that is not there": (
        lambda house: house.elb.describe_tags(ResourceArns=[ABSENT_RULE]),
        f"RuleNotFound: Rule '{ABSENT_RULE}' not found",
    ),
    "a tag of AWS's own": (
        lambda house: house.elb.add_tags(ResourceArns=[house.main], Tags=[{"Key": "aws:x", "Value": ""}]),
        "ValidationError: Tag key 'aws:x' is reserved: keys that start with 'aws:' can't be set.",
    ),
    "a tag given twice": (
        lambda house: house.elb.add_tags(ResourceArns=[house.main], Tags=_tags(1) * 2),
        "DuplicateTagKeys: Tag key was specified more than once: 'k0'",
    ),
    "more than 50 tags in all": (
        after(
            lambda house: house.elb.add_tags(ResourceArns=[house.listener], Tags=_tags(50)),
            lambda house: house.elb.add_tags(ResourceArns=[house.listener], Tags=[{"Key": "one", "Value": "more"}]),
        ),
        "TooManyTags: The maximum number of tags for the resource has been reached",
    ),
    "a load balancer's name of 33 characters": (
        lambda house: house.load_balancer("n" * 33),
        f"ValidationError: The load balancer name '{'n' * 33}' cannot be longer than '32' characters",
    ),
    "a load balancer of an internal one's name": (
        lambda house: house.load_balancer("internal-front"),
        "ValidationError: The load balancer name 'internal-front' cannot begin with 'internal-'",
    ),
    "a second load balancer of the same name": (
        lambda house: house.load_balancer("front"),
        "DuplicateLoadBalancerName: A load balancer with the same name 'front' exists, but with different settings",
    ),
    "a load balancer in one zone": (
        lambda house: house.load_balancer("lone", house.subnets[:1]),
        "ValidationError: At least two subnets in two different Availability Zones must be specified",
    ),
    "deleting a protected load balancer": (
        after(
            lambda house: house.elb.modify_load_balancer_attributes(
                LoadBalancerArn=house.balancer,
                Attributes=[{"Key": "deletion_protection.enabled", "Value": "true"}],
            ),
            lambda house: house.elb.delete_load_balancer(LoadBalancerArn=house.balancer),
        ),
        "OperationNotPermitted: Load balancer '*' cannot be deleted because deletion protection is enabled",
    ),
    "another listener on a port in use": (
        lambda house: house.listen(house.balancer, 80, house.other),
        "DuplicateListener: A listener already exists on this port for this load balancer '*'",
    ),
    "a listener on a port in use that answers something else": (
        lambda house: house.elb.create_listener(
            LoadBalancerArn=house.balancer,
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}],
        ),
        "DuplicateListener: A listener already exists on this port for this load balancer '*'",
    ),
    "HTTPS without a certificate": (
        lambda house: house.listen(house.balancer, 443, house.main, protocol="HTTPS"),
        "ValidationError: A certificate must be specified for HTTPS listeners",
    ),
    "a rule without a condition": (
        lambda house: house.rule(hosts=()),
        "ValidationError: A condition must be specified",
    ),
    "a rule without an action": (
        lambda house: house.elb.create_rule(
            ListenerArn=house.listener,
            Priority=1,
            Conditions=[{"Field": "host-header", "Values": ["a.example"]}],
            Actions=[],
        ),
        "ValidationError: An action must be specified",
    ),
    "a rule with six hosts": (
        lambda house: house.rule(hosts=tuple(f"{n}.example" for n in range(6))),
        "ValidationError: A rule can only have '5' condition values",
    ),
    "a weight over 999": (
        lambda house: house.rule(1000),
        "ValidationError: Weight '1000' must be between 0 and 999",
    ),
    "weights that sum to zero": (
        lambda house: house.rule(0, 0),
        "InvalidLoadBalancerAction: The sum of the target group weights in a forward action must be greater than 0",
    ),
    "weights that sum to zero, in place of better ones": (
        lambda house: house.elb.modify_rule(
            RuleArn=house.rule(1, priority=20),
            Actions=[
                {
                    "Type": "forward",
                    "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": house.main, "Weight": 0}]},
                }
            ],
        ),
        "InvalidLoadBalancerAction: The sum of the target group weights in a forward action must be greater than 0",
    ),
    "six target groups in one forward action": (
        lambda house: house.rule(1, 1, 1, 1, 1, 1),
        "TooManyTargetGroups: A forward action can have '5' target groups at most",
    ),
    "one target group behind two load balancers": (
        lambda house: house.listen(house.load_balancer("back"), 80, house.main),
        (
            "TargetGroupAssociationLimit: The following target groups cannot be associated with more than one load "
            "balancer: *"
        ),
    ),
    "a rule of a listener that is not there": (
        lambda house: house.rule(listener=ABSENT_LISTENER),
        "ListenerNotFound: The specified listener does not exist.",
    ),
    "deleting a rule that is not there": (
        lambda house: house.elb.delete_rule(RuleArn=ABSENT_RULE),
        "RuleNotFound: One or more rules not found",
    ),
    "deleting the default rule": (
        lambda house: house.elb.delete_rule(RuleArn=house.default_rule()),
        "OperationNotPermitted: Default rule '*' cannot be deleted",
    ),
    "modifying the default rule": (
        lambda house: house.elb.modify_rule(
            RuleArn=house.default_rule(), Actions=[{"Type": "forward", "TargetGroupArn": house.other}]
        ),
        "OperationNotPermitted: Default rule '*' cannot be modified",
    ),
    "priorities of two listeners at once": (
        lambda house: house.elb.set_rule_priorities(
            RulePriorities=[
                {"RuleArn": house.rule(priority=30), "Priority": 2},
                {
                    "RuleArn": house.rule(listener=house.listen(house.balancer, 81, house.main), priority=1),
                    "Priority": 3,
                },
            ]
        ),
        "ValidationError: All rules must belong to the same listener",
    ),
    "a priority over 50,000": (
        lambda house: house.rule(priority=50_001),
        (
            "ValidationError: 1 validation error detected: Value '50001' at 'priority' failed to satisfy constraint: "
            "Member must have value less than or equal to 50000"
        ),
    ),
    "a page of more than 400": (
        lambda house: house.elb.describe_target_groups(PageSize=401),
        (
            "ValidationError: 1 validation error detected: Value '401' at 'pageSize' failed to satisfy constraint: "
            "Member must have value less than or equal to 400"
        ),
    ),
    "a priority in use": (
        after(lambda house: house.rule(priority=7), lambda house: house.rule(priority=7)),
        "PriorityInUse: The specified priority is in use.",
    ),
    "a target group's name of 33 characters": (
        lambda house: house.group("n" * 33),
        f"ValidationError: Target group name '{'n' * 33}' cannot be longer than '32' characters",
    ),
    "a second target group of the same name": (
        lambda house: house.group("main", HealthCheckPath="/health"),
        "DuplicateTargetGroupName: A target group with the same name 'main' exists, but with different settings",
    ),
    "deleting a target group in use": (
        lambda house: house.elb.delete_target_group(TargetGroupArn=house.main),
        "ResourceInUse: The target group '*' is currently in use by a listener or a rule",
    ),
    "a target group of another region": (
        lambda house: house.aws.client("elbv2", "eu-west-1").describe_target_health(TargetGroupArn=house.main),
        "TargetGroupNotFound: One or more target groups not found",
    ),
    "a host of 129 characters": (
        lambda house: house.rule(hosts=("h" * 121 + ".example",)),
        "ValidationError: The 'host-header' value is too long; the limit is '128'",
    ),
    "a host that is no name": (
        lambda house: house.rule(hosts=("a_b.example",)),
        "ValidationError: Condition value 'a_b.example' is not a host name",
    ),
    "a host without a dot": (
        lambda house: house.rule(hosts=("localhost",)),
        "ValidationError: Condition value 'localhost' is not a host name",
    ),
    "six wildcards": (
        lambda house: house.rule(hosts=("*.*.*.a.example", "*.*.*.b.example")),
        "ValidationError: A rule can only have '5' condition wildcards",
    ),
    "a health check that takes redirects and failures for good": (
        lambda house: house.group("failures", Matcher={"HttpCode": "200-599"}),
        "ValidationError: Health check matcher HTTP code '200-599' must be within '200-499'",
    ),
    "a health check that takes something else than codes for good": (
        lambda house: house.elb.modify_target_group(TargetGroupArn=house.other, Matcher={"HttpCode": "200x"}),
        "ValidationError: Health check matcher HTTP code '200x' must be within '200-499'",
    ),
    "a health check of a relative path": (
        lambda house: house.group("relative", HealthCheckPath="health"),
        "ValidationError: Health check path 'health' must begin with a '/'",
    ),
    "a health check that waits longer than it pauses": (
        lambda house: house.group("patient", HealthCheckTimeoutSeconds=10, HealthCheckIntervalSeconds=10),
        "ValidationError: Health check timeout '10' must be smaller than the interval '10'",
    ),
    "a health check changed so that it waits longer than it pauses": (
        lambda house: house.elb.modify_target_group(TargetGroupArn=house.other, HealthCheckTimeoutSeconds=60),
        "ValidationError: Health check timeout '60' must be smaller than the interval '30'",
    ),
}

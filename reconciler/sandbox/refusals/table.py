"""The table of refusals: which calls, AWS's error code and words, and when.

`{}` in a message stands for what the predicate found. Rows are tried from the top; `*` means every operation.
Where AWS's own words are not documented, the words are ours: act upon codes, not upon words.
"""

from collections.abc import Callable
from dataclasses import dataclass

from reconciler.sandbox.refusals import autoscaling, ecs, elbv2, lists, route53, sts, tags
from reconciler.sandbox.refusals import task_definitions as td
from reconciler.sandbox.refusals.live import Live, Parameters
from reconciler.sandbox.refusals.route53 import each


@dataclass(frozen=True)
class Refusal:
    """One reason to refuse a call. `when` returns what the message is about, or something false."""

    service: str
    operations: str
    code: str
    message: str
    when: Callable[[Parameters, Live], object]
    status: int = 400


# Before all else, AWS holds every call to its published model (see `constraints`).
MODEL_MESSAGE = "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: {}"
MODEL_CODES = {
    "autoscaling": "ValidationError",
    "ecs": "InvalidParameterException",
    "elbv2": "ValidationError",
    "resourcegroupstaggingapi": "InvalidParameterException",
    "route53": "InvalidInput",
}

_INVALID = "InvalidParameterException"
_CLIENT = "ClientException"
_SERVICE = "CreateService UpdateService"
_TASKS = "CreateService UpdateService RunTask"

# fmt: off
_ECS: tuple[tuple[str, str, str, Callable[[Parameters, Live], object]], ...] = (
    ("*", _INVALID, "Invalid identifier: Unexpected region '{}'. Expected '{}'.", ecs.arn_of_another_region),
    ("DescribeServices", _INVALID, "Services cannot be empty.", lists.empty("services")),
    ("DescribeServices", _INVALID, "Services cannot have more than 10 elements.", lists.more_than(10, "services")),
    ("DescribeTasks", _INVALID, "Tasks cannot be empty.", lists.empty("tasks")),
    ("DescribeTasks", _INVALID, "Tasks cannot have more than 100 elements.", lists.more_than(100, "tasks")),
    ("DescribeClusters", _INVALID, "Clusters cannot have more than 100 elements.", lists.more_than(100, "clusters")),
    ("DescribeContainerInstances", _INVALID, "Container instances cannot be empty.", lists.empty("containerInstances")),
    ("DescribeContainerInstances", _INVALID, "Container instances cannot have more than 100 elements.",
     lists.more_than(100, "containerInstances")),
    ("DeleteCluster", "ClusterContainsServicesException",
     "The Cluster cannot be deleted while Services are active.", ecs.cluster_has_services),
    ("DeleteCluster", "ClusterContainsContainerInstancesException",
     "The Cluster cannot be deleted while Container Instances are active or draining.", ecs.cluster_has_instances),
    ("CreateCluster CreateService RegisterTaskDefinition TagResource", _INVALID,
     "Tag key '{}' is reserved: keys that start with 'aws:' can't be set.", tags.reserved),
    ("CreateCluster CreateService RegisterTaskDefinition TagResource", _INVALID,
     "Duplicate tag key: '{}'.", tags.twice),

    ("CreateCluster", _INVALID, "The cluster name '{}' must be 1 to 255 letters, numbers, hyphens and underscores.",
     ecs.not_a_name("clusterName")),
    ("CreateService", _INVALID, "The service name '{}' must be 1 to 255 letters, numbers, hyphens and underscores.",
     ecs.not_a_name("serviceName")),
    ("CreateService", _INVALID, "Creation of service was not idempotent.", ecs.exists("ACTIVE")),
    ("CreateService", _INVALID, "Unable to Start a service that is still Draining.", ecs.exists("DRAINING")),
    ("UpdateService", "ServiceNotActiveException", "Service was not ACTIVE.", ecs.not_active),
    ("DeleteService", _INVALID, "The service cannot be stopped while it is scaled above 0.", ecs.scaled_above_zero),
    (_SERVICE, _INVALID, "Desired count cannot be negative.", ecs.desired_count_negative),
    ("CreateService", _INVALID,
     ("The daemon scheduling strategy does not support a desired count for services. "
     "Remove the desired count value and try again."), ecs.daemon_with_count),
    ("CreateService", _INVALID,
     "The Fargate launch type does not support the DAEMON scheduling strategy.", ecs.daemon_on_fargate),
    ("CreateService", _INVALID,
     ("Specifying both a launch type and capacity provider strategy is not supported. "
     "Remove one and try again."), ecs.launch_type_and_strategy),
    (_SERVICE, _INVALID,
     ("The specified capacity provider strategy cannot contain a capacity provider that is not associated with the "
     "cluster. Associate the capacity provider with the cluster or specify a valid capacity provider and try again."),
     ecs.provider_of_another_cluster),
    (_SERVICE, _INVALID,
     "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
     ecs.blocks_deployments),
    (_SERVICE, _INVALID,
     "Health check grace period is only valid for services configured to use load balancers.",
     ecs.grace_without_load_balancer),
    ("CreateService", _INVALID,
     ("Unable to assume role and validate the specified targetGroupArn. Please verify that the ECS service role "
     "being passed has the proper permissions."), ecs.role_absent),
    ("CreateService", _INVALID, "TaskDefinition can not be blank.", ecs.definition_blank),
    (_SERVICE, _CLIENT, "TaskDefinition not found.", ecs.definition_absent),
    (_SERVICE, _CLIENT, "TaskDefinition is inactive", ecs.definition_inactive),
    (_SERVICE, _INVALID, "Task definition does not support launch_type FARGATE.", ecs.definition_not_for_fargate),
    (_TASKS, _INVALID,
     "Network Configuration must be provided when networkMode 'awsvpc' is specified.", ecs.network_missing),
    (_TASKS, _INVALID,
     "Network Configuration is not valid for the given networkMode of this task definition.", ecs.network_needless),
    (_TASKS, _INVALID, "subnets can not be empty.", ecs.network_without_subnets),
    (_TASKS, _INVALID, "{} can have at most {} items.", ecs.network_too_wide),
    (_TASKS, _INVALID, ('Error retrieving subnet information for [{}]: Invalid id: "{}" (expecting "{}-...") '
     "(ErrorCode: InvalidSubnetID.Malformed)"), ecs.not_an_id("subnets", "subnet")),
    (_TASKS, _INVALID, ("Error retrieving subnet information for [{}]: The subnet ID '{}' does not exist "
     "(ErrorCode: InvalidSubnetID.NotFound)"), ecs.subnet_absent),
    (_TASKS, _INVALID, ('Error retrieving security group information for [{}]: Invalid id: "{}" '
     '(expecting "{}-...") (ErrorCode: InvalidGroupId.Malformed)'), ecs.not_an_id("securityGroups", "sg")),
    (_TASKS, _INVALID, ("Error retrieving security group information for [{}]: The security group '{}' does not exist "
     "(ErrorCode: InvalidGroup.NotFound)"), ecs.security_group_absent),
    (_TASKS, _INVALID, "Assign public IP is not supported for this launch type.", ecs.public_address_on_instances),
    (_SERVICE, _INVALID, "loadBalancers can have at most 5 items.", lists.more_than(5, "loadBalancers")),
    (_SERVICE, _INVALID, "A load balancer of a service needs a '{}'.", ecs.balancer_incomplete),
    (_SERVICE, _INVALID, "The container {} does not exist in the task definition.", ecs.container_absent),
    (_SERVICE, _INVALID, "The container {} did not have a container port {} defined.", ecs.container_port_absent),
    (_SERVICE, _INVALID, "The target group with targetGroupArn {} does not exist.", ecs.group_absent),
    (_SERVICE, _INVALID,
     "The target group with targetGroupArn {} does not have an associated load balancer.", ecs.group_unattached),
    (_SERVICE, _INVALID,
     ("The provided target group {} has target type {}, which is incompatible with the {} network mode "
     "specified in the task definition."), ecs.group_of_wrong_type),
)

_TASK_DEFINITIONS: tuple[tuple[str, str, Callable[[Parameters, Live], object]], ...] = (
    (_CLIENT, "Family contains invalid characters.", td.bad_family),
    (_CLIENT, "Container definitions should not be null or empty.", td.no_containers),
    (_CLIENT, "Container.name contains invalid characters.", td.bad_container_name),
    (_CLIENT, "Container names must be unique: '{}'.", td.duplicate_container),
    (_CLIENT, "A TaskDefinition must have at least one essential container.", td.no_essential_container),
    (_CLIENT, "Cannot depend on container + '{}' because it does not exist", td.dependency_absent),
    (_CLIENT, "A dependency container with HEALTHY condition must have a health check defined.",
     td.dependency_without_health_check),
    (_CLIENT, "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container.",
     td.dependency_never_ends),
    (_CLIENT, "Links are not supported when networkMode={}.", td.links_outside_bridge),
    (_CLIENT, "Container links: container '{}' does not exist in the task definition.", td.link_absent),
    (_CLIENT, "Container links should not have a cycle", td.starts_in_a_circle),
    (_CLIENT, "Container '{}' has a health check whose command starts with neither CMD, CMD-SHELL nor NONE.",
     td.bad_health_check),
    (_CLIENT, "Health check {} of container '{}' must be between {} and {}.", td.health_check_out_of_range),
    (_CLIENT, "Unknown volume '{}'.", td.volume_absent),
    (_CLIENT, "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
     td.host_port_differs),
    (_CLIENT, "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
     td.secrets_without_execution_role),
    (_CLIENT, ("The secret name must be unique and not shared with any new or existing environment variables set on "
     "the container, such as '{}'."), td.secret_shadows_environment),
    (_CLIENT, "Role is not valid", td.bad_role),
    (_CLIENT, "Fargate only supports network mode 'awsvpc'.", td.fargate_without_awsvpc),
    (_CLIENT, "Fargate requires that 'cpu' be defined at the task level.", td.fargate_without_cpu),
    (_CLIENT, "Fargate requires that 'memory' be defined at the task level.", td.fargate_without_memory),
    (_CLIENT, "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
     td.fargate_logs_without_execution_role),
    (_CLIENT, "Fargate does not support the log driver '{}'.", td.fargate_without_log_driver),
    (_CLIENT, "No Fargate configuration exists for given values: {} CPU, {} memory.", td.not_a_fargate_size),
    (_CLIENT, ("Invalid setting for container '{}'. At least one of 'memory' or 'memoryReservation' must be "
     "specified."), td.memory_missing),
    (_CLIENT, "Invalid 'cpu' setting for task.", td.bad_cpu),
    (_CLIENT, "Invalid 'memory' setting for task.", td.bad_memory),
    (_CLIENT, "Invalid setting for container '{}'. '{}' must be at least 6.", td.too_little_memory),
    (_CLIENT, "Invalid setting for container '{}'. 'memoryReservation' must be no more than 'memory'.",
     td.reserves_more_than_its_limit),
    (_CLIENT, "The containers of a task can't have more '{}' than the task.", td.containers_exceed_task),
    (_CLIENT, "Actual length: '{}'. Max allowed length is '65536' bytes.", td.too_long),
)

_BALANCING: tuple[tuple[str, str, str, Callable[[Parameters, Live], object]], ...] = (
    ("DescribeTags", "ValidationError", "Cannot have more than 20 resources described",
     lists.more_than(20, "ResourceArns")),
    ("DescribeTargetGroups", "ValidationError", "You cannot describe more than '20' target groups at a time",
     lists.more_than(20, "TargetGroupArns", "Names")),
    ("DescribeLoadBalancers", "ValidationError", "You cannot describe more than '20' load balancers at a time",
     lists.more_than(20, "LoadBalancerArns", "Names")),
    ("AddTags RemoveTags DescribeTags", "TargetGroupNotFound", "Target group '{}' not found",
     elbv2.unknown("targetgroup")),
    ("AddTags RemoveTags DescribeTags", "LoadBalancerNotFound", "Load balancer '{}' not found",
     elbv2.unknown("loadbalancer")),
    ("AddTags RemoveTags DescribeTags", "ListenerNotFound", "Listener '{}' not found", elbv2.unknown("listener")),
    ("AddTags RemoveTags DescribeTags", "RuleNotFound", "Rule '{}' not found", elbv2.unknown("listener-rule")),
    ("AddTags CreateLoadBalancer CreateTargetGroup CreateListener CreateRule", "ValidationError",
     "Tag key '{}' is reserved: keys that start with 'aws:' can't be set.", tags.reserved),
    ("AddTags CreateLoadBalancer CreateTargetGroup CreateListener CreateRule", "DuplicateTagKeys",
     "Tag key was specified more than once: '{}'", tags.twice),
    ("AddTags CreateLoadBalancer CreateTargetGroup CreateListener CreateRule", "TooManyTags",
     "The maximum number of tags for the resource has been reached", tags.too_many),

    ("CreateLoadBalancer", "ValidationError",
     "The load balancer name '{}' cannot be longer than '32' characters", elbv2.name_too_long),
    ("CreateLoadBalancer", "ValidationError",
     "The load balancer name '{}' cannot begin with 'internal-'", elbv2.name_internal),
    ("CreateLoadBalancer", "DuplicateLoadBalancerName",
     "A load balancer with the same name '{}' exists, but with different settings", elbv2.balancer_name_in_use),
    ("CreateLoadBalancer", "ValidationError",
     "At least two subnets in two different Availability Zones must be specified", elbv2.too_few_zones),
    ("DeleteLoadBalancer", "OperationNotPermitted",
     "Load balancer '{}' cannot be deleted because deletion protection is enabled", elbv2.protected_from_deletion),
    ("CreateListener", "DuplicateListener",
     "A listener already exists on this port for this load balancer '{}'", elbv2.port_in_use),
    ("CreateListener", "ValidationError",
     "A certificate must be specified for HTTPS listeners", elbv2.https_without_certificate),

    ("CreateRule", "ValidationError", "A condition must be specified", elbv2.no_conditions),
    ("CreateRule CreateListener", "ValidationError", "An action must be specified", elbv2.no_actions),
    ("CreateRule ModifyRule", "ValidationError",
     "A rule can only have '5' condition values", elbv2.too_many_condition_values),
    ("CreateRule ModifyRule", "ValidationError", "A rule can only have '5' condition wildcards",
     elbv2.too_many_wildcards),
    ("CreateRule ModifyRule", "ValidationError", "Condition value '{}' is not a host name", elbv2.bad_host),
    ("CreateTargetGroup ModifyTargetGroup", "ValidationError",
     "Health check matcher HTTP code '{}' must be within '200-499'", elbv2.matcher_out_of_range),
    ("CreateTargetGroup ModifyTargetGroup", "ValidationError",
     "Health check path '{}' must begin with a '/'", elbv2.check_path_relative),
    ("CreateTargetGroup ModifyTargetGroup", "ValidationError",
     "Health check timeout '{}' must be smaller than the interval '{}'", elbv2.checks_overlap),
    ("CreateRule ModifyRule CreateListener ModifyListener", "ValidationError",
     "Weight '{}' must be between 0 and 999", elbv2.weight_out_of_range),
    ("CreateRule ModifyRule CreateListener ModifyListener", "InvalidLoadBalancerAction",
     "The sum of the target group weights in a forward action must be greater than 0", elbv2.weights_sum_to_zero),
    ("CreateRule ModifyRule CreateListener ModifyListener", "TooManyTargetGroups",
     "A forward action can have '5' target groups at most", elbv2.too_many_groups),
    ("CreateRule ModifyRule CreateListener ModifyListener", "TargetGroupAssociationLimit",
     "The following target groups cannot be associated with more than one load balancer: {}",
     elbv2.group_of_another_balancer),
    ("DeleteRule ModifyRule", "RuleNotFound", "One or more rules not found", elbv2.rule_absent),
    ("DeleteRule", "OperationNotPermitted", "Default rule '{}' cannot be deleted", elbv2.default_rule),
    ("ModifyRule", "OperationNotPermitted", "Default rule '{}' cannot be modified", elbv2.default_rule),
    ("SetRulePriorities", "ValidationError",
     "All rules must belong to the same listener", elbv2.rules_across_listeners),
)

_BAD_VALUE = "[Invalid Resource Record: 'FATAL problem: {} encountered with '{{}}'']"

_DNS: tuple[tuple[str, str, Callable[[Parameters, Live], object]], ...] = (
    ("InvalidInput", "Invalid request: {}", each(route53.not_one_target)),
    ("InvalidInput", "Invalid request: {}", each(route53.routing_without_identifier)),
    ("InvalidInput", "Invalid request: {}", each(route53.identifier_without_routing)),
    ("InvalidChangeBatch", "[Number of records limit of 1000 exceeded.]", route53.too_many),
    ("InvalidChangeBatch", "[Number of characters in the batch's values exceeds 32000]", route53.too_long),
    ("InvalidChangeBatch", "[RRSet with DNS name {} is not permitted in zone {}]", each(route53.outside_zone)),
    ("InvalidChangeBatch", "[A HostedZone must contain at least one NS record for the zone itself.]",
     each(route53.zone_without_ns)),
    ("InvalidChangeBatch", "[A HostedZone must contain exactly one SOA record.]", each(route53.zone_without_soa)),
    ("InvalidChangeBatch", "[Tried to create resource record set {} but it already exists]", each(route53.exists)),
    ("InvalidChangeBatch", "[Tried to delete resource record set {} but it was not found]", each(route53.absent)),
    ("InvalidChangeBatch",
     "[Tried to delete resource record set {} but the values provided do not match the current values]",
     each(route53.differs)),
    ("InvalidChangeBatch", _BAD_VALUE.format("ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)"),
     each(route53.not_ipv4)),
    ("InvalidChangeBatch", _BAD_VALUE.format("AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)"),
     each(route53.not_ipv6)),
    ("InvalidChangeBatch",
     _BAD_VALUE.format("InvalidCharacterString (Value should be enclosed in quotation marks)"),
     each(route53.txt_unquoted)),
    ("InvalidChangeBatch", _BAD_VALUE.format("CharacterStringTooLong (Value is too long)"),
     each(route53.txt_too_long)),
    ("InvalidChangeBatch", "[Duplicate Resource Record: '{}']", each(route53.duplicate_value)),
    ("InvalidChangeBatch", "[RRSet of type CNAME with DNS name {} is not permitted at apex in zone {}]",
     each(route53.cname_at_apex)),
    ("InvalidChangeBatch",
     ("[RRSet of type CNAME with DNS name {} is not permitted as it conflicts with other records with the same "
     "DNS name in zone {}]"), each(route53.cname_beside_others)),
    ("InvalidChangeBatch",
     ("[RRSet of type {} with DNS name {} is not permitted because a conflicting RRSet of type CNAME with the "
     "same DNS name already exists in zone {}]"), each(route53.beside_cname)),
    ("InvalidChangeBatch",
     "[RRSet with DNS name {}, type {} cannot be created as other RRSets exist with the same name and type.]",
     each(route53.simple_beside_routed)),
    ("InvalidChangeBatch",
     ("[RRSet with DNS name {}, type {}, SetIdentifier {} cannot be created because a non multi-answer rrset "
     "exists with the same name and type.]"), each(route53.routed_beside_simple)),
    ("InvalidChangeBatch",
     "[Tried to create an alias that targets {}, type {} in zone {}, but that target was not found]",
     each(route53.alias_target_absent)),
)

_SIZED = "CreateAutoScalingGroup UpdateAutoScalingGroup"

_SCALING: tuple[tuple[str, str, str, Callable[[Parameters, Live], object]], ...] = (
    ("CreateAutoScalingGroup", "AlreadyExists",
     "AutoScalingGroup by this name already exists - A group with the name {} already exists", autoscaling.exists),
    ("UpdateAutoScalingGroup SetDesiredCapacity", "ValidationError",
     "AutoScalingGroup name not found - AutoScalingGroup '{}' not found", autoscaling.absent),
    (_SIZED, "ValidationError", "Max bound, {}, must be greater than or equal to min bound, {}",
     autoscaling.bounds_crossed),
    (_SIZED, "ValidationError", "Desired capacity:{} must be between the specified min size:{} and max size:{}",
     autoscaling.desired_out_of_bounds),
    ("SetDesiredCapacity", "ValidationError",
     "New SetDesiredCapacity value {} is above max value {} for the AutoScalingGroup.", autoscaling.desired_above_most),
    ("SetDesiredCapacity", "ValidationError",
     "New SetDesiredCapacity value {} is below min value {} for the AutoScalingGroup.",
     autoscaling.desired_below_least),
)

REFUSALS: tuple[Refusal, ...] = (
    *(Refusal("ecs", *row) for row in _ECS),
    *(Refusal("ecs", "RegisterTaskDefinition", *row) for row in _TASK_DEFINITIONS),
    *(Refusal("elbv2", *row) for row in _BALANCING),
    *(Refusal("autoscaling", *row) for row in _SCALING),
    *(Refusal("route53", "ChangeResourceRecordSets", *row) for row in _DNS),
    Refusal("sts", "AssumeRole", "AccessDenied",
            "Not authorized to perform: sts:AssumeRole on resource: {}", sts.role_absent, 403),
)
# fmt: on

"""Tasks: where they are placed, what is told of them, and what happens when they or their instances go."""

from collections import Counter

from reconciler.sandbox import Scenario, TaskRecord
from tests.sandbox.with_world import Aws, embedded


def described(aws: Aws, *arns: str) -> list[dict[str, object]]:
    return list(aws.ecs.describe_tasks(cluster="prod", tasks=list(arns))["tasks"])


def test_a_task_goes_from_pending_to_running_to_stopped(aws: Aws) -> None:
    aws.cluster()
    aws.define()
    deployment = aws.run(desired=1)["deployments"][0]["id"]
    (arn,) = aws.ecs.list_tasks(cluster="prod", serviceName="web")["taskArns"]
    (task,) = described(aws, arn)
    assert (task["lastStatus"], task["desiredStatus"]) == ("PENDING", "RUNNING")
    assert (task["group"], task["startedBy"]) == ("service:web", deployment)
    aws.step(3)
    (task,) = described(aws, arn)
    assert (task["lastStatus"], task["startedAt"]) == ("RUNNING", aws.clock.now())
    aws.update(desiredCount=0)
    (task,) = described(aws, arn)
    assert (task["lastStatus"], task["desiredStatus"]) == ("STOPPING", "STOPPED")
    aws.step(1)
    (task,) = described(aws, arn)
    assert (task["lastStatus"], task["stopCode"]) == ("STOPPED", "ServiceSchedulerInitiated")
    assert task["stoppedReason"] == f"Scaling activity initiated by (deployment {deployment})"


def test_a_crashed_task_tells_its_exit_code(aws: Aws) -> None:
    aws.cluster()
    aws.define("web:1-crash")
    aws.run(desired=1)
    aws.step(3)
    stopped = aws.ecs.list_tasks(cluster="prod", desiredStatus="STOPPED")["taskArns"]
    (task,) = aws.ecs.describe_tasks(cluster="prod", tasks=stopped)["tasks"]
    assert (task["stopCode"], task["stoppedReason"]) == (
        "EssentialContainerExited",
        "Essential container in task exited",
    )
    assert [each["exitCode"] for each in task["containers"]] == [1]


def test_a_task_stopped_by_hand_is_replaced(aws: Aws) -> None:
    aws.cluster()
    aws.define()
    aws.run(desired=2)
    aws.step(5)
    first, second = aws.tasks()
    stopped = aws.ecs.stop_task(cluster="prod", task=first.id, reason="a test")["task"]
    assert (stopped["desiredStatus"], stopped["stopCode"], stopped["stoppedReason"]) == (
        "STOPPED",
        "UserInitiated",
        "a test",
    )
    aws.step(5)
    running = {each.id for each in aws.tasks()}
    assert len(running) == 2
    assert second.id in running
    assert first.id not in running
    assert aws.rollouts() == [("PRIMARY", "COMPLETED", "web:1")]


def test_reading_a_task_changes_nothing_about_it(aws: Aws) -> None:
    aws.cluster()
    aws.define()
    aws.run(desired=1)
    aws.step(5)
    (task,) = aws.tasks()
    statuses = {str(described(aws, task.arn)[0]["lastStatus"]) for _ in range(5)}
    assert statuses == {"RUNNING"}


def test_tasks_are_listed_by_exactly_their_cluster_and_service(aws: Aws) -> None:
    for cluster in ("prod", "prod-eu"):
        aws.cluster(cluster)
    aws.define()
    aws.run("web", desired=1)
    aws.run("web-2", desired=2)
    aws.run("web", desired=3, cluster="prod-eu")
    aws.step(5)

    def number(**where: str) -> int:
        return len(aws.ecs.list_tasks(**where)["taskArns"])

    assert number(cluster="prod") == 3
    assert number(cluster="prod", serviceName="web") == 1
    assert number(cluster="prod", serviceName="web-2") == 2
    assert number(cluster="prod-eu") == 3
    assert number(cluster="prod", desiredStatus="STOPPED") == 0


def test_tasks_are_spread_over_zones_and_instances(aws: Aws) -> None:
    aws.cluster(instances=4)
    aws.define()
    aws.run(desired=8)
    aws.step(5)
    assert sorted(Counter(each.instance for each in aws.tasks()).values()) == [2, 2, 2, 2]


def test_binpacked_tasks_share_an_instance(aws: Aws) -> None:
    aws.cluster(instances=4)
    aws.define()
    aws.run(desired=4, placementStrategy=[{"type": "binpack", "field": "memory"}])
    aws.step(5)
    assert len({each.instance for each in aws.tasks()}) == 1


def test_distinct_instances_and_attributes_constrain_placement(aws: Aws) -> None:
    aws.cluster(instances=4)
    aws.define()
    aws.run("apart", desired=5, placementConstraints=[{"type": "distinctInstance"}])
    aws.step(5)
    assert len({each.instance for each in aws.tasks("apart")}) == len(aws.tasks("apart")) == 4
    zone = {"type": "memberOf", "expression": "attribute:ecs.availability-zone == us-east-1b"}
    aws.run("here", desired=3, placementConstraints=[zone])
    aws.step(5)
    assert [each.zone for each in aws.tasks("here")] == ["us-east-1b"] * 3


def test_without_room_ecs_says_so_and_goes_on_when_there_is(aws: Aws) -> None:
    aws.cluster(instances=1, memory=256)
    aws.define(container={"memory": 128})
    aws.run(desired=3)
    aws.step(20)
    assert aws.service()["runningCount"] == 2
    (instance,) = aws.ecs.list_container_instances(cluster="prod")["containerInstanceArns"]
    assert (
        "(service web) was unable to place a task because no container instance met all of its requirements. "
        f"Reason: The closest matching container-instance {instance.rsplit('/', 1)[-1]} has insufficient memory "
        "available. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
    ) in aws.events()
    assert aws.rollouts() == [("PRIMARY", "IN_PROGRESS", "web:1")]
    aws.sandbox.world.add_instances("prod", 1)
    aws.step(5)
    assert aws.rollouts() == [("PRIMARY", "COMPLETED", "web:1")]


def test_a_fixed_host_port_is_taken_once_on_each_instance(aws: Aws) -> None:
    aws.cluster(instances=2)
    aws.define(container={"portMappings": [{"containerPort": 80, "hostPort": 8080}]})
    aws.run(desired=3)
    aws.step(20)
    assert [dict(each.host_ports) for each in aws.tasks()] == [{80: 8080}, {80: 8080}]
    assert "is already using a port required by your task" in aws.events()[-1]


def test_the_room_of_stopped_tasks_is_free_again(aws: Aws) -> None:
    aws.cluster(instances=1, memory=128)
    aws.define(container={"memory": 128})
    limits = {"minimumHealthyPercent": 0, "maximumPercent": 100}
    aws.run(desired=1, deploymentConfiguration=limits)
    aws.step(5)
    for _ in range(3):
        aws.update(forceNewDeployment=True)
        aws.step(30)
    assert aws.service()["runningCount"] == 1
    (arn,) = aws.ecs.list_container_instances(cluster="prod")["containerInstanceArns"]
    instance = aws.ecs.describe_container_instances(cluster="prod", containerInstances=[arn])["containerInstances"][0]
    assert instance["runningTasksCount"] == 1


def test_an_instance_that_drains_gives_its_tasks_to_others(aws: Aws) -> None:
    aws.cluster(instances=2)
    aws.define()
    aws.run(desired=4, loadBalancers=aws.balanced())
    aws.step(20)
    leaving = aws.tasks()[0].instance
    aws.ecs.update_container_instances_state(cluster="prod", containerInstances=[leaving], status="DRAINING")
    assert all(len(aws.serving()) >= 4 for _ in aws.seconds(40))
    assert leaving not in {each.instance for each in aws.tasks()}
    assert len(aws.rollouts()) == 1


def test_a_scenario_limits_the_room_of_a_cluster() -> None:
    with embedded(Scenario(capacity={"prod": 1})) as aws:
        aws.ecs.create_cluster(clusterName="prod")
        aws.define(networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512")
        aws.run(launchType="FARGATE", networkConfiguration=aws.network())
        aws.step(30)
        assert aws.service()["runningCount"] == 1
        assert aws.events()[-1] == (
            "(service web) was unable to place a task. Reason: Capacity is unavailable at this time. "
            "Please try again later or in a different availability zone."
        )


def test_a_fargate_task_has_an_interface_with_an_address_of_its_own(aws: Aws) -> None:
    aws.ecs.create_cluster(clusterName="prod")
    aws.define(networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512")
    aws.run(desired=3, launchType="FARGATE", networkConfiguration=aws.network())
    statuses = [{each.status for each in aws.tasks()} for _ in aws.seconds(4)]
    assert statuses == [{"PENDING"}, {"PENDING"}, {"RUNNING"}, {"RUNNING"}]
    addresses = []
    for task in aws.ecs.describe_tasks(cluster="prod", tasks=[each.arn for each in aws.tasks()])["tasks"]:
        (interface,) = task["attachments"]
        details = {each["name"]: each["value"] for each in interface["details"]}
        addresses.append(details["privateIPv4Address"])
    assert len(set(addresses)) == 3


def test_a_subnet_that_goes_leaves_no_room_and_ecs_says_so(aws: Aws) -> None:
    aws.ecs.create_cluster(clusterName="prod")
    aws.define(networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512")
    subnet = aws.network()["awsvpcConfiguration"]["subnets"][0]
    aws.run(launchType="FARGATE", desired=0, networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}})
    aws.client("ec2").delete_subnet(SubnetId=subnet)
    aws.update(desiredCount=1)
    assert aws.tasks() == ()
    assert f"The subnet ID '{subnet}' does not exist." in aws.events()[-1]


def test_tasks_carry_the_tags_of_their_service_when_told_to(aws: Aws) -> None:
    aws.cluster()
    aws.define()
    aws.run(desired=1, propagateTags="SERVICE", tags=[{"key": "team", "value": "edge"}])
    (task,) = aws.tasks()
    shown = aws.ecs.describe_tasks(cluster="prod", tasks=[task.arn], include=["TAGS"])["tasks"][0]
    assert shown["tags"] == [{"key": "team", "value": "edge"}]


def test_the_world_tells_of_each_task_that_starts_and_stops(aws: Aws) -> None:
    told: list[TaskRecord] = []
    aws.sandbox.world.subscribe(told.append)
    aws.cluster()
    aws.define(container={"environment": [{"name": "COLOUR", "value": "blue"}]})
    aws.run(desired=1)
    aws.step(5)
    aws.update(desiredCount=0)
    aws.step(5)
    assert [(each.image, each.status) for each in told] == [("web:1", "RUNNING"), ("web:1", "STOPPED")]
    assert told[0].environment == {"COLOUR": "blue"}
    assert aws.tasks() == ()


def test_with_a_seed_the_ids_are_the_same_again() -> None:
    def ids() -> list[str]:
        with embedded(seed=7) as aws:
            aws.cluster()
            aws.define()
            aws.run()
            return [each.id for each in aws.tasks()]

    assert ids() == ids()

"""Rolling deployments: what ECS keeps running meanwhile, how they complete, fail and are rolled back."""

from typing import Any

import pytest

from reconciler.sandbox import Behaviour, Scenario
from reconciler.sandbox.world.rollout import breaker_threshold
from tests.sandbox.with_world import Aws, embedded

BREAKER: dict[str, Any] = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


def test_a_new_service_starts_its_tasks_and_reaches_a_steady_state(aws: Aws) -> None:
    aws.cluster()
    aws.define()
    aws.run(desired=2)
    assert (aws.service()["runningCount"], aws.service()["pendingCount"]) == (0, 2)
    aws.step(3)
    assert (aws.service()["runningCount"], aws.service()["pendingCount"]) == (2, 0)
    assert aws.rollouts() == [("PRIMARY", "COMPLETED", "web:1")]
    first, second = (each.id for each in aws.tasks())
    deployment = aws.service()["deployments"][0]["id"]
    assert aws.events() == [
        f"(service web) has started 2 tasks: (task {first}) (task {second}).",
        f"(service web) (deployment {deployment}) deployment completed.",
        "(service web) has reached a steady state.",
    ]


@pytest.mark.parametrize(
    ("minimum", "maximum", "fewest", "most"),
    [(100, 200, 4, 8), (75, 150, 3, 6), (50, 100, 2, 4), (100, 150, 4, 6), (0, 100, 0, 4)],
)
def test_a_rolling_deployment_stays_within_its_percentages(
    aws: Aws, minimum: int, maximum: int, fewest: int, most: int
) -> None:
    aws.cluster()
    aws.define("web:1")
    limits = {"minimumHealthyPercent": minimum, "maximumPercent": maximum}
    aws.run(desired=4, loadBalancers=aws.balanced(), deploymentConfiguration=limits)
    aws.step(30)
    aws.update(taskDefinition=aws.define("web:2"))
    serving, wanted = [], []
    for _ in aws.seconds(90):
        serving.append(len(aws.serving()))
        wanted.append(sum(each.wanted for each in aws.tasks()))
    assert min(serving) >= fewest
    assert max(wanted) <= most
    assert aws.serving() == ["web:2"] * 4
    assert aws.rollouts() == [("PRIMARY", "COMPLETED", "web:2")]


def test_a_deployment_completes_only_when_new_tasks_are_healthy_and_old_ones_have_stopped(aws: Aws) -> None:
    aws.cluster()
    aws.define("web:1")
    aws.run(desired=2, loadBalancers=aws.balanced(delay=20))
    aws.step(30)
    aws.update(taskDefinition=aws.define("web:2"))
    aws.step(12)
    assert aws.rollouts() == [("PRIMARY", "IN_PROGRESS", "web:2"), ("ACTIVE", "COMPLETED", "web:1")]
    aws.step(1)  # three seconds to start and ten to be found healthy
    assert aws.serving() == ["web:2", "web:2"]
    assert [each.status for each in aws.tasks() if not each.wanted] == ["DEACTIVATING", "DEACTIVATING"]
    aws.step(20)  # the deregistration delay
    assert aws.rollouts()[0] == ("PRIMARY", "IN_PROGRESS", "web:2")
    aws.step(1)
    assert aws.rollouts() == [("PRIMARY", "COMPLETED", "web:2")]


def test_the_circuit_breaker_trips_on_crashing_tasks_and_rolls_back(aws: Aws) -> None:
    aws.cluster()
    aws.define("web:1")
    aws.run(desired=2, deploymentConfiguration=BREAKER)
    aws.step(5)
    good = aws.service()["deployments"][0]["id"]
    bad = aws.update(taskDefinition=aws.define("web:2-crash"))["deployments"][0]["id"]
    aws.step(6)
    assert aws.service()["deployments"][0]["id"] == good
    assert aws.service()["taskDefinition"].endswith("web:1")
    assert f"(service web) (deployment {bad}) deployment failed: tasks failed to start." in aws.events()
    assert f"(service web) rolling back to deployment {good}." in aws.events()
    aws.step(10)
    assert aws.rollouts() == [("PRIMARY", "COMPLETED", "web:1")]
    assert aws.serving() == ["web:1", "web:1"]
    assert aws.events()[-1] == "(service web) has reached a steady state."


def test_while_it_rolls_back_both_deployments_show_why(aws: Aws) -> None:
    aws.cluster()
    aws.define("web:1")
    limits = {"minimumHealthyPercent": 50, "maximumPercent": 100}
    aws.run(desired=4, deploymentConfiguration=BREAKER | limits)
    aws.step(5)
    good = aws.service()["deployments"][0]["id"]
    aws.update(taskDefinition=aws.define("web:2-crash"))
    aws.step(6)
    back, failed = aws.service()["deployments"]
    assert (back["status"], back["rolloutState"]) == ("PRIMARY", "IN_PROGRESS")
    assert back["rolloutStateReason"] == f"ECS deployment circuit breaker: rolling back to deploymentId {good}."
    assert (failed["status"], failed["rolloutState"]) == ("ACTIVE", "FAILED")
    assert failed["rolloutStateReason"] == "ECS deployment circuit breaker: tasks failed to start."
    aws.step(5)
    assert aws.rollouts() == [("PRIMARY", "COMPLETED", "web:1")]


def test_a_deployment_that_is_rolled_back_to_begins_anew(aws: Aws) -> None:
    aws.cluster()
    aws.define("web:1")
    aws.run(desired=4, deploymentConfiguration=BREAKER | {"minimumHealthyPercent": 50, "maximumPercent": 100})
    aws.step(5)
    aws.update(taskDefinition=aws.define("web:2-crash"))
    for _ in aws.seconds(30):
        back = aws.service()["deployments"][0]
        if "rolling back" in back["rolloutStateReason"]:
            break
    assert back["createdAt"] == back["updatedAt"] == aws.clock.now()
    assert (back["runningCount"], back["failedTasks"]) == (2, 0)


def test_a_deployment_whose_tasks_are_gone_is_rolled_back_to(aws: Aws) -> None:
    aws.cluster()
    aws.define("web:1")
    aws.run(desired=2, deploymentConfiguration=BREAKER | {"minimumHealthyPercent": 0, "maximumPercent": 100})
    aws.step(5)
    aws.update(taskDefinition=aws.define("web:2-crash"))
    aws.step(60)
    assert aws.rollouts() == [("PRIMARY", "COMPLETED", "web:1")]
    assert aws.serving() == ["web:1", "web:1"]


def test_a_rollback_that_fails_too_is_the_end_of_it() -> None:
    scenario = Scenario()
    with embedded(scenario) as aws:
        aws.cluster()
        aws.define("web:1")
        aws.run(desired=2, deploymentConfiguration=BREAKER | {"minimumHealthyPercent": 0, "maximumPercent": 100})
        aws.step(5)
        scenario.images["web:1"] = Behaviour(crashes_after=0)
        aws.update(taskDefinition=aws.define("web:2-crash"))
        aws.step(60)
        assert aws.rollouts() == [("PRIMARY", "FAILED", "web:1")]
        listed = aws.ecs.list_service_deployments(cluster="prod", service="web")["serviceDeployments"]
        assert [each["status"] for each in listed] == ["ROLLBACK_FAILED", "SUCCESSFUL"]


def test_a_rollback_that_is_overtaken_stops(aws: Aws) -> None:
    aws.cluster()
    aws.define("web:1")
    aws.run(desired=4, deploymentConfiguration=BREAKER | {"minimumHealthyPercent": 50, "maximumPercent": 100})
    aws.step(5)
    aws.update(taskDefinition=aws.define("web:2-crash"))
    aws.step(6)
    aws.update(taskDefinition=aws.define("web:3"))
    aws.step(30)
    assert aws.serving() == ["web:3"] * 4
    listed = aws.ecs.list_service_deployments(cluster="prod", service="web")["serviceDeployments"]
    assert [each["status"] for each in listed] == ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]


def test_a_breaker_without_rollback_leaves_the_failed_deployment_in_place(aws: Aws) -> None:
    aws.cluster()
    aws.define("web:1")
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
    aws.run(desired=2, deploymentConfiguration=breaker)
    aws.step(5)
    aws.update(taskDefinition=aws.define("web:2-crash"))
    aws.step(60)
    assert aws.rollouts() == [("PRIMARY", "FAILED", "web:2"), ("ACTIVE", "COMPLETED", "web:1")]
    assert aws.serving() == ["web:1", "web:1"]
    assert not [each for each in aws.tasks() if each.image == "web:2-crash"]


def test_a_service_whose_deployment_failed_is_scaled_down_when_told_to(aws: Aws) -> None:
    aws.cluster()
    aws.define("web:1")
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
    aws.run(desired=2, deploymentConfiguration=breaker)
    aws.step(5)
    aws.update(taskDefinition=aws.define("web:2-crash"))
    aws.step(60)
    aws.update(desiredCount=0)
    aws.step(5)
    assert aws.tasks() == ()


def test_percentages_that_leave_no_room_block_a_deployment_and_ecs_says_so(aws: Aws) -> None:
    aws.cluster()
    aws.define("web:1")
    limits = {"minimumHealthyPercent": 50, "maximumPercent": 100}
    aws.run(desired=1, deploymentConfiguration=limits)
    aws.step(5)
    aws.update(taskDefinition=aws.define("web:2"))
    aws.step(600)
    assert aws.rollouts() == [("PRIMARY", "IN_PROGRESS", "web:2"), ("ACTIVE", "COMPLETED", "web:1")]
    assert aws.events()[-1] == (
        "(service web) was unable to stop or start tasks during a deployment because of the service deployment "
        "configuration. Update the minimumHealthyPercent or maximumPercent value and try again."
    )


def test_a_first_deployment_that_fails_has_nothing_to_go_back_to(aws: Aws) -> None:
    aws.cluster()
    aws.define("web:1-crash")
    aws.run(desired=2, deploymentConfiguration=BREAKER)
    aws.step(60)
    assert aws.rollouts() == [("PRIMARY", "FAILED", "web:1")]
    assert aws.tasks() == ()


def test_without_a_breaker_a_crashing_deployment_is_tried_for_ever(aws: Aws) -> None:
    aws.cluster()
    aws.define("web:1")
    aws.run(desired=2)
    aws.step(5)
    aws.update(taskDefinition=aws.define("web:2-crash"))
    aws.step(600)
    early = aws.service()["deployments"][0]["failedTasks"]
    aws.step(3600)
    assert aws.service()["deployments"][0]["failedTasks"] > early > 3
    assert aws.rollouts() == [("PRIMARY", "IN_PROGRESS", "web:2"), ("ACTIVE", "COMPLETED", "web:1")]
    assert aws.serving() == ["web:1", "web:1"]


def test_an_image_that_can_not_be_pulled_says_so(aws: Aws) -> None:
    aws.cluster()
    aws.define("web:1-missing")
    aws.run(desired=1, deploymentConfiguration=BREAKER)
    aws.step(4)
    stopped = aws.ecs.list_tasks(cluster="prod", desiredStatus="STOPPED")["taskArns"]
    task = aws.ecs.describe_tasks(cluster="prod", tasks=stopped)["tasks"][0]
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotPullContainerError: ")
    aws.step(60)
    assert aws.rollouts() == [("PRIMARY", "FAILED", "web:1")]


def test_a_task_that_crashes_after_it_has_run_does_not_fail_its_deployment() -> None:
    """As in AWS: nothing checks the health of such a service, so running is all that a task has to do."""
    with embedded(Scenario(images={"late:*": Behaviour(crashes_after=5)})) as aws:
        aws.cluster()
        aws.define("late:1")
        aws.run(desired=1, deploymentConfiguration=BREAKER)
        aws.step(60)
        assert aws.rollouts() == [("PRIMARY", "COMPLETED", "web:1")]
        assert aws.service()["deployments"][0]["failedTasks"] == 0
        assert len(aws.ecs.list_tasks(cluster="prod", desiredStatus="STOPPED")["taskArns"]) > 3


@pytest.mark.parametrize(("desired", "threshold"), [(1, 3), (6, 3), (7, 4), (25, 13), (400, 200), (9000, 200)])
def test_the_breaker_trips_at_half_the_desired_count_from_3_to_200(desired: int, threshold: int) -> None:
    half = {"thresholdConfiguration": {"type": "BOUNDED_PERCENT", "value": 50}}
    assert breaker_threshold(desired, half) == threshold


@pytest.mark.parametrize(
    ("kind", "value", "trips_after"), [("COUNT", 5, 5), ("UNBOUNDED_PERCENT", 50, 1), ("BOUNDED_PERCENT", 50, 3)]
)
def test_the_breaker_trips_at_the_threshold_that_it_is_given(aws: Aws, kind: str, value: int, trips_after: int) -> None:
    aws.cluster()
    aws.define("web:1-crash")
    breaker = BREAKER["deploymentCircuitBreaker"] | {"thresholdConfiguration": {"type": kind, "value": value}}
    aws.run(desired=1, deploymentConfiguration={"deploymentCircuitBreaker": breaker})
    aws.step(600)
    deployment = aws.service()["deployments"][0]
    assert (deployment["rolloutState"], deployment["failedTasks"]) == ("FAILED", trips_after)


def test_a_service_names_its_current_deployment_and_revisions(aws: Aws) -> None:
    aws.cluster()
    aws.define("web:1")
    aws.run()
    aws.step(5)
    aws.update(taskDefinition=aws.define("web:2"))
    newest, oldest = aws.ecs.list_service_deployments(cluster="prod", service="web")["serviceDeployments"]
    assert aws.service()["currentServiceDeployment"] == newest["serviceDeploymentArn"]
    assert [each["arn"] for each in aws.service()["currentServiceRevisions"]] == [
        newest["targetServiceRevisionArn"],
        oldest["targetServiceRevisionArn"],
    ]


def test_a_changed_desired_count_starts_no_deployment(aws: Aws) -> None:
    aws.cluster()
    aws.define()
    aws.run(desired=2)
    aws.step(5)
    before = aws.service()["deployments"][0]["id"]
    aws.update(desiredCount=4)
    aws.step(5)
    assert [each["id"] for each in aws.service()["deployments"]] == [before]
    assert aws.service()["runningCount"] == 4
    aws.update(desiredCount=1)
    aws.step(5)
    assert [each["id"] for each in aws.service()["deployments"]] == [before]
    assert aws.service()["runningCount"] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"deploymentConfiguration": {"maximumPercent": 150}},
        {"healthCheckGracePeriodSeconds": 60},
        {"enableExecuteCommand": True},
        {"placementStrategy": [{"type": "binpack", "field": "memory"}]},
        {"taskDefinition": "web:1"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_in_place_starts_no_deployment(aws: Aws, change: dict[str, Any]) -> None:
    aws.cluster()
    aws.define()
    aws.run(loadBalancers=aws.balanced())
    aws.step(30)
    before = aws.service()["deployments"][0]["id"]
    aws.update(**change)
    assert [each["id"] for each in aws.service()["deployments"]] == [before]


def test_forcing_a_new_deployment_replaces_every_task(aws: Aws) -> None:
    aws.cluster()
    aws.define()
    aws.run()
    aws.step(5)
    before = {each.id for each in aws.tasks()}
    aws.update(forceNewDeployment=True)
    aws.step(10)
    assert len(aws.serving()) == 2
    assert not before & {each.id for each in aws.tasks()}


def test_a_deployment_that_is_overtaken_is_stopped(aws: Aws) -> None:
    aws.cluster()
    aws.define("web:1")
    aws.run()
    aws.step(5)
    aws.update(taskDefinition=aws.define("web:2-slow"))
    aws.step(5)
    aws.update(taskDefinition=aws.define("web:3"))
    aws.step(20)
    assert aws.serving() == ["web:3", "web:3"]
    listed = aws.ecs.list_service_deployments(cluster="prod", service="web")["serviceDeployments"]
    assert [each["status"] for each in listed] == ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]


@pytest.mark.parametrize(
    ("how", "status", "image"), [("ROLLBACK", "ROLLBACK_SUCCESSFUL", "web:1"), ("ABORT", "STOPPED", "web:1")]
)
def test_a_deployment_in_progress_can_be_stopped(aws: Aws, how: str, status: str, image: str) -> None:
    aws.cluster()
    aws.define("web:1")
    aws.run()
    aws.step(5)
    aws.update(taskDefinition=aws.define("web:2-slow"))
    aws.step(5)
    newest = aws.ecs.list_service_deployments(cluster="prod", service="web")["serviceDeployments"][0]
    aws.ecs.stop_service_deployment(serviceDeploymentArn=newest["serviceDeploymentArn"], stopType=how)
    aws.step(10)
    listed = aws.ecs.list_service_deployments(cluster="prod", service="web")["serviceDeployments"]
    assert listed[0]["status"] == status
    assert aws.serving() == [image, image]


def test_service_deployments_tell_a_rollback_from_a_success(aws: Aws) -> None:
    aws.cluster()
    aws.define("web:1")
    aws.run(deploymentConfiguration=BREAKER)
    aws.step(5)
    aws.update(taskDefinition=aws.define("web:2-crash"))
    aws.step(30)
    listed = aws.ecs.list_service_deployments(cluster="prod", service="web")["serviceDeployments"]
    assert [each["status"] for each in listed] == ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]
    arns = [each["serviceDeploymentArn"] for each in listed]
    failed, good = aws.ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"]
    assert failed["deploymentCircuitBreaker"]["status"] == "TRIGGERED"
    assert failed["rollback"]["serviceRevisionArn"] == good["targetServiceRevision"]["arn"]
    revision = aws.ecs.describe_service_revisions(serviceRevisionArns=[failed["targetServiceRevision"]["arn"]])
    assert revision["serviceRevisions"][0]["taskDefinition"].endswith("web:2")

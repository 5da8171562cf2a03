"""Targets: who registers them, when they are healthy, and what ECS does when they are not."""

from reconciler.sandbox import Behaviour, Scenario
from tests.sandbox.with_world import Aws, embedded, forwarding


def test_a_running_task_is_registered_in_the_target_group_of_its_service(aws: Aws) -> None:
    aws.cluster(instances=1)
    aws.define()
    aws.run(desired=2, loadBalancers=(balancers := aws.balanced()))
    group = balancers[0]["targetGroupArn"]
    aws.step(2)
    assert aws.health(group) == []
    aws.step(1)
    described = aws.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    addresses = [(each["Target"]["Id"], each["Target"]["Port"]) for each in described]
    assert len({instance for instance, _ in addresses}) == 1
    assert {port for _, port in addresses} == {32768, 32769}
    assert f"(service web) registered 1 targets in (target-group {group})" in aws.events()


def test_a_task_with_its_own_interface_is_registered_by_address_and_container_port(aws: Aws) -> None:
    aws.ecs.create_cluster(clusterName="prod")
    aws.define(networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512")
    balancers = aws.balanced(TargetType="ip")
    aws.run(desired=1, launchType="FARGATE", networkConfiguration=aws.network(), loadBalancers=balancers)
    aws.step(5)
    (task,) = aws.tasks()
    described = aws.elb.describe_target_health(TargetGroupArn=balancers[0]["targetGroupArn"])
    (target,) = described["TargetHealthDescriptions"]
    assert target["Target"] == {"Id": task.ip, "Port": 80}


def test_a_target_is_initial_until_enough_checks_are_good(aws: Aws) -> None:
    aws.cluster()
    aws.define()
    aws.run(desired=1, loadBalancers=(balancers := aws.balanced()))
    group = balancers[0]["targetGroupArn"]
    aws.step(3)
    seen = [aws.health(group)] + [aws.health(group) for _ in aws.seconds(10)]
    assert seen == [["initial"]] * 10 + [["healthy"]]


def test_targets_stay_unused_until_something_forwards_to_their_group(aws: Aws) -> None:
    listener, group, live = aws.listener(), aws.group("web"), aws.group("live")
    aws.elb.register_targets(TargetGroupArn=group, Targets=[{"Id": "i-1", "Port": 8080}])
    aws.step(3600)
    described = aws.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"][0]
    assert described["TargetHealth"]["State"] == "unused"
    assert described["TargetHealth"]["Reason"] == "Target.NotInUse"
    aws.forward(listener, live, group)
    assert aws.health(group) == ["initial"]
    aws.step(10)
    assert aws.health(group) == ["healthy"]


def test_a_group_that_no_rule_forwards_to_any_more_is_unused_again(aws: Aws) -> None:
    listener, group, other = aws.listener(), aws.group("web"), aws.group("other")
    rule = aws.forward(listener, group)
    aws.elb.register_targets(TargetGroupArn=group, Targets=[{"Id": "i-1"}])
    aws.step(10)
    assert aws.health(group) == ["healthy"]
    aws.elb.modify_rule(RuleArn=rule, Actions=[forwarding(other)])
    assert aws.health(group) == ["unused"]
    aws.elb.modify_rule(RuleArn=rule, Actions=[forwarding(group)])
    assert aws.health(group) == ["initial"]
    aws.elb.delete_rule(RuleArn=rule)
    assert aws.health(group) == ["unused"]


def test_two_ports_of_one_host_are_two_targets(aws: Aws) -> None:
    group = aws.group()
    aws.forward(aws.listener(), group)
    aws.elb.register_targets(TargetGroupArn=group, Targets=[{"Id": "i-1", "Port": 8080}, {"Id": "i-1", "Port": 8081}])
    aws.elb.deregister_targets(TargetGroupArn=group, Targets=[{"Id": "i-1", "Port": 8080}])
    aws.step(10)
    (target,) = aws.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert target["Target"] == {"Id": "i-1", "Port": 8081}


def test_a_target_nobody_registered_is_unused(aws: Aws) -> None:
    group = aws.group()
    asked = aws.elb.describe_target_health(TargetGroupArn=group, Targets=[{"Id": "i-1", "Port": 80}])
    health = asked["TargetHealthDescriptions"][0]["TargetHealth"]
    assert (health["State"], health["Reason"]) == ("unused", "Target.NotRegistered")


def test_a_stopping_task_drains_for_the_deregistration_delay(aws: Aws) -> None:
    aws.cluster()
    aws.define()
    balancers = aws.balanced(delay=30)
    aws.run(desired=2, loadBalancers=balancers)
    aws.step(20)
    aws.update(desiredCount=1)
    assert aws.health(balancers[0]["targetGroupArn"]) == ["draining", "healthy"]
    assert sorted(each.status for each in aws.tasks()) == ["DEACTIVATING", "RUNNING"]
    aws.step(29)
    assert aws.health(balancers[0]["targetGroupArn"]) == ["draining", "healthy"]
    aws.step(1)
    assert aws.health(balancers[0]["targetGroupArn"]) == ["healthy"]
    aws.step(1)
    assert [each.status for each in aws.tasks()] == ["RUNNING"]
    assert "(service web) has begun draining connections on 1 tasks." in aws.events()


def test_a_sick_task_is_stopped_and_replaced() -> None:
    with embedded(Scenario(images={"web:*": Behaviour(sick_after=60)})) as aws:
        aws.cluster()
        aws.define()
        balancers = aws.balanced()
        aws.run(desired=1, loadBalancers=balancers)
        aws.step(30)
        (first,) = aws.tasks()
        assert first.targets[0].health == "healthy"
        aws.step(33)  # sick at 63 s, and two checks of 5 s to find out
        assert first.id in {each.id for each in aws.tasks()}
        aws.step(10)
        (replacement,) = (each for each in aws.tasks() if each.wanted)
        assert replacement.id != first.id
        stopped = aws.ecs.describe_tasks(cluster="prod", tasks=[first.arn])["tasks"][0]
        group = balancers[0]["targetGroupArn"]
        assert stopped["stoppedReason"] == f"Task failed ELB health checks in (target-group {group})"


def test_a_target_that_answers_with_errors_says_so(aws: Aws) -> None:
    aws.cluster()
    aws.define("web:1-sick")
    balancers = aws.balanced()
    aws.run(desired=1, loadBalancers=balancers, healthCheckGracePeriodSeconds=60)
    aws.step(20)
    described = aws.elb.describe_target_health(TargetGroupArn=balancers[0]["targetGroupArn"])
    health = described["TargetHealthDescriptions"][0]["TargetHealth"]
    assert (health["State"], health["Reason"]) == ("unhealthy", "Target.ResponseCodeMismatch")


def test_within_the_grace_period_a_sick_task_is_left_alone(aws: Aws) -> None:
    aws.cluster()
    aws.define("web:1-sick")
    aws.run(desired=1, loadBalancers=aws.balanced(), healthCheckGracePeriodSeconds=60)
    aws.step(3)
    (first,) = aws.tasks()
    aws.step(59)
    assert [each.id for each in aws.tasks()] == [first.id]
    aws.step(1)
    assert first.id not in [each.id for each in aws.tasks() if each.wanted]


def test_a_deployment_of_sick_tasks_trips_the_breaker_and_is_rolled_back(aws: Aws) -> None:
    aws.cluster()
    aws.define("web:1")
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    aws.run(desired=2, loadBalancers=aws.balanced(), deploymentConfiguration=breaker)
    aws.step(20)
    aws.update(taskDefinition=aws.define("web:2-sick"))
    assert all(aws.serving().count("web:1") == 2 for _ in aws.seconds(60))
    assert aws.rollouts() == [("PRIMARY", "COMPLETED", "web:1")]


def test_a_slow_task_becomes_healthy_after_a_while(aws: Aws) -> None:
    aws.cluster()
    aws.define("web:1-slow")
    balancers = aws.balanced()
    aws.run(desired=1, loadBalancers=balancers, healthCheckGracePeriodSeconds=300)
    aws.step(31)
    assert aws.health(balancers[0]["targetGroupArn"]) == ["initial"]
    aws.step(15)
    assert aws.health(balancers[0]["targetGroupArn"]) == ["unhealthy"]
    aws.step(55)
    assert aws.health(balancers[0]["targetGroupArn"]) == ["healthy"]


def test_a_container_health_check_shows_in_the_task(aws: Aws) -> None:
    aws.cluster()
    check = {"command": ["CMD", "true"], "interval": 5}
    aws.define(container={"healthCheck": check})
    aws.run(desired=1)
    aws.step(3)
    (task,) = aws.tasks()
    assert task.health == "UNKNOWN"
    aws.step(5)
    described = aws.ecs.describe_tasks(cluster="prod", tasks=[task.arn])["tasks"][0]
    assert described["healthStatus"] == "HEALTHY"


def test_a_task_that_fails_its_container_health_check_is_replaced(aws: Aws) -> None:
    aws.cluster()
    check = {"command": ["CMD", "true"], "interval": 5, "retries": 2}
    aws.define("web:1-sick", container={"healthCheck": check})
    aws.run(desired=1)
    aws.step(5)
    (first,) = aws.tasks()
    aws.step(10)
    stopped = aws.ecs.describe_tasks(cluster="prod", tasks=[first.arn])["tasks"][0]
    assert stopped["stoppedReason"] == "Task failed container health checks"

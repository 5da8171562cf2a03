"""What ECS puts on EventBridge about what happens in the world."""

import json
from typing import Any

from tests.sandbox.with_world import Aws


def listen(aws: Aws) -> Any:
    """A queue that gets every event of ECS; returns how to read what came since the last look."""
    sqs, bus = aws.client("sqs"), aws.client("events")
    queue = sqs.create_queue(QueueName="ecs")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    bus.put_rule(Name="ecs", EventPattern=json.dumps({"source": ["aws.ecs"]}))
    bus.put_targets(Rule="ecs", Targets=[{"Id": "queue", "Arn": arn}])

    def read() -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            events += [json.loads(each["Body"]) for each in messages]
            for each in messages:
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
        return events

    return read


def test_a_task_is_reported_at_each_change_of_status(aws: Aws) -> None:
    read = listen(aws)
    aws.cluster()
    aws.define()
    aws.run(desired=1)
    aws.step(5)
    changes = [each for each in read() if each["detail-type"] == "ECS Task State Change"]
    assert [each["detail"]["lastStatus"] for each in changes] == ["PENDING", "RUNNING"]
    assert {each["detail"]["group"] for each in changes} == {"service:web"}
    assert changes[0]["resources"] == [aws.tasks()[0].arn]


def test_deployments_and_steady_states_are_reported(aws: Aws) -> None:
    read = listen(aws)
    aws.cluster()
    aws.define("web:1")
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    service = aws.run(desired=1, deploymentConfiguration=breaker)["serviceArn"]
    aws.step(5)

    def names() -> list[str]:
        events = [each for each in read() if each["detail-type"] != "ECS Task State Change"]
        assert all(each["resources"] == [service] for each in events)
        return [each["detail"]["eventName"] for each in events]

    assert names() == [
        "SERVICE_DEPLOYMENT_IN_PROGRESS",
        "SERVICE_DEPLOYMENT_COMPLETED",
        "SERVICE_STEADY_STATE",
    ]
    aws.update(taskDefinition=aws.define("web:2-crash"))
    aws.step(60)
    assert names() == [
        "SERVICE_DEPLOYMENT_IN_PROGRESS",
        "SERVICE_DEPLOYMENT_FAILED",
        "SERVICE_DEPLOYMENT_IN_PROGRESS",
        "SERVICE_DEPLOYMENT_COMPLETED",
        "SERVICE_STEADY_STATE",
    ]


def test_events_of_a_service_are_newest_first_and_at_most_a_hundred(aws: Aws) -> None:
    aws.cluster()
    aws.define("web:1-crash")
    aws.run(desired=1)
    aws.step(86_400)
    events = aws.service()["events"]
    assert len(events) == 100
    times = [each["createdAt"] for each in events]
    assert times == sorted(times, reverse=True)

"""The choke point: every call of every protocol passes it, and a hook can see it, refuse it and lose its answer."""

import json
import socket
import threading
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.core.authorization import enable_iam_authentication

from reconciler.clock import SteppedClock, SystemClock
from reconciler.sandbox import AwsRefusal, Call, Sandbox, TaskRecord
from tests.sandbox.with_world import Aws

READS: dict[str, Callable[[Aws], Any]] = {
    "ecs ListClusters": lambda aws: aws.ecs.list_clusters(),
    "ecs DescribeServices": lambda aws: aws.ecs.describe_services(cluster="prod", services=["web"]),
    "elbv2 DescribeTargetGroups": lambda aws: aws.elb.describe_target_groups(),
    "route53 ListHostedZones": lambda aws: aws.client("route53").list_hosted_zones(),
    "sts GetCallerIdentity": lambda aws: aws.client("sts").get_caller_identity(),
    "ec2 DescribeVpcs": lambda aws: aws.client("ec2").describe_vpcs(),
    "events ListRules": lambda aws: aws.client("events").list_rules(),
    "sqs ListQueues": lambda aws: aws.client("sqs").list_queues(),
    "autoscaling DescribeAutoScalingGroups": lambda aws: aws.client("autoscaling").describe_auto_scaling_groups(),
    "application-autoscaling DescribeScalableTargets": lambda aws: aws.client(
        "application-autoscaling"
    ).describe_scalable_targets(ServiceNamespace="ecs"),
}
every_protocol = pytest.mark.parametrize("name", READS)


@every_protocol
@pytest.mark.parametrize(("code", "status"), [("ThrottlingException", 400), ("ServiceUnavailable", 503)])
def test_a_refusal_arrives_as_the_error_it_is(aws: Aws, name: str, code: str, status: int) -> None:
    def refuse(call: Call) -> None:
        raise AwsRefusal(code, "not today", status)

    aws.sandbox.hooks.before.append(refuse)
    with pytest.raises(ClientError) as error:
        READS[name](aws)
    response = error.value.response
    assert (response["Error"]["Code"], response["Error"]["Message"]) == (code, "not today")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status


@every_protocol
def test_whatever_breaks_is_a_fault_of_the_service_and_logged(
    aws: Aws, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(call: Call) -> None:
        raise KeyError("what nobody thought of")

    aws.sandbox.hooks.before.append(broken)
    with pytest.raises(ClientError) as error:
        READS[name](aws)
    response = error.value.response
    assert response["Error"]["Code"] == ("ServerException" if name.startswith("ecs ") else "InternalFailure")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert f"the sandbox broke at {name}" in caplog.text
    assert "in broken" in caplog.text


def test_a_broken_answer_and_a_broken_observer_are_faults_too(aws: Aws) -> None:
    def broken(*_: object) -> Any:
        raise ZeroDivisionError

    aws.sandbox.hooks.answers["ecs", "ListClusters"] = broken
    with pytest.raises(ClientError) as error:
        aws.ecs.list_clusters()
    assert error.value.response["Error"]["Code"] == "ServerException"

    aws.sandbox.hooks.after.append(broken)
    with pytest.raises(ClientError) as error:
        aws.elb.describe_target_groups()
    assert error.value.response["Error"]["Code"] == "InternalFailure"


def raw(aws: Aws, service: str, body: bytes, **headers: str) -> tuple[int, str]:
    """What is answered to a request that no SDK would send."""
    scope = f"AKIA/20260101/us-east-1/{service}/aws4_request"
    signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
    connection = HTTPConnection(aws.sandbox.endpoint.removeprefix("http://"))
    connection.request("POST", "/", body, signed | {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    told = answer.read().decode()
    connection.close()
    return answer.status, told


@pytest.mark.parametrize(
    ("operation", "body", "status", "code"),
    [
        ("ListClusters", b"[]", 500, "ServerException"),
        ("ListClusters", b"5", 500, "ServerException"),
        ("MakeTea", b"{}", 400, "UnknownOperationException"),
    ],
)
def test_a_request_that_makes_no_sense_is_answered_in_json_where_json_is_spoken(
    aws: Aws, operation: str, body: bytes, status: int, code: str
) -> None:
    told = raw(aws, "ecs", body, X_Amz_Target=f"AmazonEC2ContainerServiceV20141113.{operation}")
    assert (told[0], json.loads(told[1])["__type"]) == (status, code)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"Action=CreateRule&Version=2015-12-01&Priority=x", 500, "InternalFailure"),
        (b"\xff\xfe", 500, "InternalFailure"),
        (b"Action=MakeTea&Version=2015-12-01", 400, "InvalidAction"),
    ],
)
def test_a_request_that_makes_no_sense_is_answered_in_xml_where_xml_is_spoken(
    aws: Aws, body: bytes, status: int, code: str
) -> None:
    told = raw(aws, "elasticloadbalancing", body, Content_Type="application/x-www-form-urlencoded")
    assert told[0] == status
    assert f"<Code>{code}</Code>" in told[1]


@every_protocol
def test_a_hook_sees_the_call_and_what_came_of_it(aws: Aws, name: str) -> None:
    seen: list[tuple[str, str | None]] = []
    aws.ecs.create_cluster(clusterName="prod")
    aws.sandbox.hooks.after.append(
        lambda call, error: seen.append((f"{call.service} {call.operation} {call.region} {call.account}", error))
    )
    READS[name](aws)
    assert seen == [(f"{name} us-east-1 123456789012", None)]


def test_a_hook_gets_the_parameters_in_the_names_of_aws(aws: Aws) -> None:
    calls: list[Call] = []
    aws.sandbox.hooks.before.append(calls.append)
    group = aws.group("web", delay=5)
    aws.define()
    zone = aws.client("route53").create_hosted_zone(Name="prod.example", CallerReference="1")["HostedZone"]["Id"]
    records = {"Name": "a.prod.example.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": records}]}
    aws.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
    by_operation = {each.operation: each.parameters for each in calls}
    assert by_operation["ModifyTargetGroupAttributes"] == {
        "TargetGroupArn": group,
        "Attributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "5"}],
    }
    assert by_operation["RegisterTaskDefinition"]["containerDefinitions"][0]["image"] == "web:1"
    assert by_operation["ChangeResourceRecordSets"]["ChangeBatch"] == batch
    numbers = [each.number for each in calls]
    assert numbers == list(range(numbers[0], numbers[0] + len(calls)))


def test_an_error_is_seen_by_its_code(aws: Aws) -> None:
    errors: list[str | None] = []
    aws.sandbox.hooks.after.append(lambda _, error: errors.append(error))
    with pytest.raises(ClientError):
        aws.ecs.list_tasks(cluster="absent")
    with pytest.raises(ClientError):
        aws.elb.describe_load_balancers(Names=["absent"])
    with pytest.raises(ClientError):
        aws.client("route53").get_hosted_zone(Id="ZABSENT")
    assert errors == ["ClusterNotFoundException", "LoadBalancerNotFound", "NoSuchHostedZone"]


def test_a_lost_answer_does_not_undo_what_was_done(aws: Aws) -> None:
    def lose(call: Call, error: str | None) -> None:
        if call.operation == "CreateCluster":
            raise AwsRefusal("ServiceUnavailable", "the answer was lost", 503)

    aws.sandbox.hooks.after.append(lose)
    with pytest.raises(ClientError):
        aws.ecs.create_cluster(clusterName="prod")
    assert len(aws.ecs.list_clusters()["clusterArns"]) == 1


def test_a_refused_call_changes_nothing(aws: Aws) -> None:
    def refuse(call: Call) -> None:
        if call.operation == "CreateCluster":
            raise AwsRefusal("AccessDeniedException", "no")

    aws.sandbox.hooks.before.append(refuse)
    with pytest.raises(ClientError):
        aws.ecs.create_cluster(clusterName="prod")
    assert aws.ecs.list_clusters()["clusterArns"] == []


def test_an_operation_the_sandbox_lacks_is_named(aws: Aws) -> None:
    with pytest.raises(ClientError) as error:
        aws.ecs.get_task_protection(cluster="prod", tasks=["1"])
    assert error.value.response["Error"] == {
        "Code": "NotImplemented",
        "Message": "The sandbox has no ecs GetTaskProtection.",
    }


@pytest.mark.parametrize("operation", ["run_task", "create_task_set"])
def test_what_would_be_accepted_and_never_happen_is_refused(aws: Aws, operation: str) -> None:
    aws.cluster()
    aws.define()
    aws.run()
    more = {"service": "web"} if operation == "create_task_set" else {}
    with pytest.raises(ClientError) as error:
        getattr(aws.ecs, operation)(cluster="prod", taskDefinition="web", **more)
    assert error.value.response["Error"]["Code"] == "NotImplemented"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("ecs ListClusters", "UnrecognizedClientException"),
        ("ecs DescribeServices", "UnrecognizedClientException"),
        ("elbv2 DescribeTargetGroups", "InvalidClientTokenId"),
    ],
)
def test_with_iam_in_force_a_stranger_is_turned_away(aws: Aws, name: str, code: str) -> None:
    with enable_iam_authentication(), pytest.raises(ClientError) as error:
        READS[name](aws)
    assert error.value.response["Error"]["Code"] == code


def test_each_sandbox_starts_empty(aws: Aws) -> None:
    aws.ecs.create_cluster(clusterName="prod")
    aws.sandbox.stop()
    with Sandbox(SteppedClock()) as again:
        assert Aws(again, SteppedClock()).ecs.list_clusters()["clusterArns"] == []


def test_there_is_one_sandbox_at_a_time_in_a_process(aws: Aws) -> None:
    with pytest.raises(RuntimeError, match="another sandbox is running"):
        Sandbox(SteppedClock()).start()


def test_a_port_that_is_taken_is_an_error_and_leaves_nothing_behind() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        Sandbox(SteppedClock(), port=taken.getsockname()[1]).start()
    with Sandbox(SteppedClock()) as sandbox:
        assert Aws(sandbox, SteppedClock()).ecs.list_clusters()["clusterArns"] == []


def test_a_stopped_sandbox_leaves_no_thread_behind() -> None:
    before = set(threading.enumerate())
    with Sandbox(SystemClock()) as sandbox:
        Aws(sandbox, SteppedClock()).ecs.list_clusters()
        assert len(set(threading.enumerate()) - before) >= 2
    begun = set(threading.enumerate()) - before
    for thread in begun:
        thread.join(5)  # one that has answered its last request may be on its way out
    assert not [thread for thread in begun if thread.is_alive()]


def test_its_environment_leads_any_client_to_it(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.ecs.create_cluster(clusterName="prod")
    for name, value in aws.sandbox.environment().items():
        monkeypatch.setenv(name, value)
    assert len(boto3.session.Session().client("ecs").list_clusters()["clusterArns"]) == 1


def test_time_goes_on_after_something_broke(caplog: pytest.LogCaptureFixture) -> None:
    told: list[TaskRecord] = []
    both = threading.Event()

    def broken(task: TaskRecord) -> None:
        told.append(task)
        if len(told) > 1:
            both.set()
        raise KeyError("what nobody thought of")

    with Sandbox(SystemClock(speed=100)) as sandbox:
        aws = Aws(sandbox, SteppedClock())
        aws.cluster()
        aws.define()
        sandbox.world.subscribe(broken)
        aws.run("web-1", desired=1)
        aws.run("web-2", desired=1)
        assert both.wait(timeout=10)
    assert "the sandbox broke as time passed" in caplog.text


def test_a_fast_clock_moves_the_world_by_itself() -> None:
    """Nobody calls, and yet tasks start: the ticker lets it happen."""
    started = threading.Event()
    with Sandbox(SystemClock(speed=100)) as sandbox:
        aws = Aws(sandbox, SteppedClock())
        aws.cluster()
        aws.define()
        sandbox.world.subscribe(lambda task: started.set() if task.status == "RUNNING" else None)
        aws.run(desired=1)
        assert started.wait(timeout=10)
        assert aws.service()["runningCount"] == 1

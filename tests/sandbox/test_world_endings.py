"""Services: how they end, and when their name is free again."""

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.with_world import Aws, refused


def test_a_deleted_service_drains_and_then_is_inactive_and_then_forgotten(aws: Aws) -> None:
    aws.cluster()
    aws.define()
    aws.run(loadBalancers=aws.balanced(delay=20))
    aws.step(20)
    deleted = aws.ecs.delete_service(cluster="prod", service="web", force=True)["service"]
    assert (deleted["status"], deleted["desiredCount"]) == ("DRAINING", 0)
    assert aws.ecs.list_services(cluster="prod")["serviceArns"] == []
    aws.step(19)
    assert aws.service()["status"] == "DRAINING"
    aws.step(1)
    assert aws.service()["status"] == "INACTIVE"
    aws.step(1)
    assert aws.tasks() == ()
    aws.step(3600)
    assert aws.ecs.describe_services(cluster="prod", services=["web"])["failures"][0]["reason"] == "MISSING"


def test_a_service_scaled_above_zero_is_not_deleted_without_force(aws: Aws) -> None:
    aws.cluster()
    aws.define()
    aws.run()
    with pytest.raises(ClientError) as error:
        aws.ecs.delete_service(cluster="prod", service="web")
    told = ("InvalidParameterException", "The service cannot be stopped while it is scaled above 0.")
    assert refused(error) == told
    aws.update(desiredCount=0)
    aws.ecs.delete_service(cluster="prod", service="web")
    aws.step(5)
    assert aws.service()["status"] == "INACTIVE"


def test_deleting_a_service_again_changes_nothing_and_is_no_error(aws: Aws) -> None:
    aws.cluster()
    aws.define()
    aws.run(loadBalancers=aws.balanced(delay=20))
    aws.step(20)
    statuses = []
    for _ in range(3):
        statuses.append(aws.ecs.delete_service(cluster="prod", service="web", force=True)["service"]["status"])
        aws.step(15)
    assert statuses == ["DRAINING", "DRAINING", "INACTIVE"]
    assert aws.service()["status"] == "INACTIVE"


def test_a_name_is_free_again_once_its_service_is_inactive(aws: Aws) -> None:
    aws.cluster()
    aws.define()
    aws.run()
    aws.step(5)
    with pytest.raises(ClientError) as error:
        aws.run()
    assert refused(error) == ("InvalidParameterException", "Creation of service was not idempotent.")
    aws.ecs.delete_service(cluster="prod", service="web", force=True)
    aws.step(5)
    assert aws.run()["status"] == "ACTIVE"
    aws.step(5)
    assert aws.service()["runningCount"] == 2


def test_a_draining_name_is_not_free(aws: Aws) -> None:
    aws.cluster()
    aws.define()
    aws.run(loadBalancers=aws.balanced(delay=20))
    aws.step(20)
    aws.ecs.delete_service(cluster="prod", service="web", force=True)
    with pytest.raises(ClientError) as error:
        aws.run()
    assert refused(error) == ("InvalidParameterException", "Unable to Start a service that is still Draining.")
    with pytest.raises(ClientError) as error:
        aws.update(desiredCount=1)
    assert refused(error) == ("ServiceNotActiveException", "Service was not ACTIVE.")

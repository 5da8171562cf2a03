"""What a good tree says: services in clusters, with everything resolved."""

import pytest

from reconciler.spec import Desired, Workload, load
from tests.spec.trees import GOOD, load_tree, service

APP = """\
instances: {test: 1, prod: 3}
cpu: 256
mem: 512
listeners:
  - {subdomain: app, port: 8080, protocol: http-internal}
"""


def workload(desired: Desired, key: str) -> Workload:
    assert desired.errors == ()
    return next(found for found in desired.workloads if str(found.key) == key)


def test_a_service_exists_in_each_cluster_that_its_instances_name() -> None:
    desired = load_tree(GOOD, service(APP, release="default: 67c9cbb"))

    found = {str(found.key): found.instances for found in desired.workloads if found.key.service == "app"}
    assert found == {"prod/app": 3, "test/app": 1}
    assert list(desired.clusters) == ["bare", "prod", "test"]
    assert desired.revision == "r1"


def test_workloads_are_sorted_whatever_the_order_of_the_files() -> None:
    files = [(path, text.encode(), None) for path, text in GOOD.items()]

    assert load(files, "r1") == load(reversed(files), "r1")
    assert [str(found.key) for found in load(files, "r1").workloads] == [
        "prod/neighbour",
        "prod/worker",
        "test/neighbour",
    ]


def test_an_empty_tree_wants_nothing_and_protects_nothing() -> None:
    assert load([], "r1") == Desired(revision="r1")


def test_the_cluster_fills_in_what_the_service_leaves_out() -> None:
    app = workload(load_tree(GOOD, service(APP, release="prod: 67c9cbb\ntest: 858a802")), "prod/app")

    assert app.image == "registry.example/app:67c9cbb"
    assert app.hostname(app.spec.listeners[0]) == "app.prod.example"
    assert (app.launch_type, app.execution_role, app.ecs_cluster) == ("EC2", "ecs", "prod")


@pytest.mark.parametrize(
    ("release", "version"),
    [
        ("prod: 67c9cbb\ndefault: 1", "67c9cbb"),
        ("default: 67c9cbb", "67c9cbb"),
        ("default: 1.10", "1.10"),
        ("default: 12e4567", "12e4567"),
        ("default: 0755", "0755"),
        ("default: 2024-01-01", "2024-01-01"),
        ("default: no", "no"),
        ("default: true", "true"),
        ("default: 1_000", "1_000"),
        ("default: .inf\nprod: v1", None),
        ('default: "1.10"', "1.10"),
    ],
)
def test_a_version_is_the_text_it_is_written_as(release: str, version: str | None) -> None:
    desired = load_tree(GOOD, service(APP, release=release))

    if version is None:
        assert [error.message[:36] for error in desired.errors] == ["`default` must be an image tag: at m"]
    else:
        assert workload(desired, "prod/app").version == version


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("app:1.10", "1.10"),
        ("registry.example:5000/team/app:v2", "v2"),
        ("app@sha256:" + "0123456789abcdef" * 4, "0123456789ab"),
        ("app:v3@sha256:" + "0123456789abcdef" * 4, "v3"),
    ],
)
def test_an_image_that_pins_its_version_needs_no_release(image: str, version: str) -> None:
    app = workload(load_tree(GOOD, service(APP + f"image: {image}\n")), "prod/app")

    assert (app.version, app.image) == (version, image)


def test_an_image_without_a_tag_gets_the_released_version() -> None:
    app = workload(
        load_tree(GOOD, service(APP + "image: registry.example:5000/app\n", release="default: v1")), "prod/app"
    )

    assert app.image == "registry.example:5000/app:v1"


def test_config_is_laid_over_the_service_and_its_cluster_over_the_default() -> None:
    app = workload(
        load_tree(
            GOOD,
            service(
                APP + "environment: {A: service, B: service, C: service}\n",
                config="default: {B: default, C: default}\nprod: {C: prod}\ntest: {C: test}\n",
                release="default: v1",
            ),
        ),
        "prod/app",
    )

    assert app.environment == {"A": "service", "B": "default", "C": "prod"}


def test_config_merges_maps_replaces_lists_and_removes_what_is_null() -> None:
    config = """\
default:
  limits: {anonymous: 10, signed_in: {read: 100, write: 5}}
  hosts: [a, b]
  removed: here
  never: null
prod:
  limits: {signed_in: {write: null, admin: 1}}
  hosts: [c]
  removed: null
"""
    app = workload(load_tree(GOOD, service(APP, config=config, release="default: v1")), "prod/app")

    assert app.environment == {
        "limits": '{"anonymous":10,"signed_in":{"read":100,"admin":1}}',
        "hosts": '["c"]',
    }


def test_variables_are_text_as_written_and_lists_and_maps_are_compact_json() -> None:
    config = """\
default:
  debug: True
  rate: 1.50
  mode: 0755
  sha: 12e4567
  country: no
  empty: ""
  list: [1, 2.5, yes, true, null, "é"]
  map: {a: {b: []}}
"""
    app = workload(load_tree(GOOD, service(APP, config=config, release="default: v1")), "prod/app")

    assert app.environment == {
        "debug": "True",
        "rate": "1.50",
        "mode": "0755",
        "sha": "12e4567",
        "country": "no",
        "empty": "",
        "list": '[1,2.5,"yes",true,null,"é"]',
        "map": '{"a":{"b":[]}}',
    }


def test_numbers_and_booleans_of_environment_need_no_quotes() -> None:
    spec = APP + "environment: {PORT: 8080, DEBUG: true}\nsidecars: {nginx: {image: nginx:1, environment: {N: 1.0}}}\n"
    app = workload(load_tree(GOOD, service(spec, release="default: v1")), "prod/app")

    assert app.environment == {"PORT": "8080", "DEBUG": "true"}
    assert app.spec.sidecars["nginx"].environment == {"N": "1.0"}


def test_an_account_keeps_its_leading_zeros_without_quotes() -> None:
    cluster = "region: us-east-1\naccount: 012345678901\nvpc: vpc-1\n"

    assert load_tree(GOOD, {"clusters/zero.yml": cluster}).clusters["zero"].account == "012345678901"


def test_durations_are_seconds() -> None:
    spec = APP + "rollout: {strategy: blue-green, bake: 2m, deadline: 1h}\n"
    rollout = workload(load_tree(GOOD, service(spec, release="default: v1")), "prod/app").spec.rollout

    assert (rollout.bake, rollout.deadline) == (120, 3600)


def test_the_same_hostname_in_two_accounts_private_zones_is_two_hostnames() -> None:
    private = GOOD["clusters/prod.yml"] + "private_zone: true\n"
    twin = private.replace("123456789012", "210987654321")
    other = service(APP.replace("prod: 3", "twin: 3"), release="default: v1")
    second = {path.replace("/app/", "/second/"): text for path, text in service(APP, release="default: v1").items()}
    second["services/second/service.yml"] = APP.replace("test: 1, ", "")
    other["services/app/service.yml"] = APP.replace("test: 1, prod: 3", "twin: 3")

    desired = load_tree(GOOD, {"clusters/prod.yml": private, "clusters/twin.yml": twin}, other, second)

    assert desired.errors == ()


def test_what_describe_prints_can_be_pasted_and_answers_are_dropped() -> None:
    pasted = (
        APP
        + """\
task_role: app
task_definition:
  taskDefinitionArn: arn:aws:ecs:us-east-1:123456789012:task-definition/app:7
  revision: 7
  status: ACTIVE
  requiresAttributes: [{name: com.amazonaws.ecs.capability.docker-remote-api.1.21}]
  compatibilities: [EXTERNAL, EC2]
  registeredAt: "2024-01-01T00:00:00+00:00"
  registeredBy: arn:aws:iam::123456789012:user/someone
  networkMode: bridge
  volumes: []
  containerDefinitions:
    - {name: app, user: nobody, ulimits: [{name: nofile, softLimit: 1024, hardLimit: 4096}]}
    - {name: agent, image: agent:3, essential: false}
service:
  serviceArn: arn:aws:ecs:us-east-1:123456789012:service/test/app
  clusterArn: arn:aws:ecs:us-east-1:123456789012:cluster/test
  status: ACTIVE
  runningCount: 1
  pendingCount: 0
  createdAt: "2024-01-01T00:00:00+00:00"
  createdBy: arn:aws:iam::123456789012:user/someone
  events: [{id: x, message: has reached a steady state}]
  deployments: [{id: ecs-svc/1, status: PRIMARY}]
  propagateTags: NONE
  enableExecuteCommand: true
  deploymentController: {type: ECS}
  deploymentConfiguration: {strategy: ROLLING, maximumPercent: 200, minimumHealthyPercent: 100, bakeTimeInMinutes: 0}
"""
    )
    spec = workload(load_tree(GOOD, service(pasted, release="default: v1")), "prod/app").spec

    assert list(spec.task_definition) == ["networkMode", "volumes", "containerDefinitions"]
    assert list(spec.service) == [
        "propagateTags",
        "enableExecuteCommand",
        "deploymentController",
        "deploymentConfiguration",
    ]


def test_a_listener_and_a_wait_may_name_a_container_of_the_passthrough() -> None:
    spec = """\
instances: {test: 1}
cpu: 256
mem: 512
depends_on: {agent: HEALTHY}
listeners:
  - {subdomain: app, port: 8080, protocol: http-internal, container: agent}
task_definition:
  containerDefinitions:
    - name: agent
      image: agent:3
      portMappings: [{containerPort: 8080}]
      healthCheck: {command: [CMD, agent, status]}
"""
    assert load_tree(GOOD, service(spec, release="default: v1")).errors == ()


def test_a_task_fits_fargate_where_its_cluster_has_subnets_and_a_role() -> None:
    spec = "instances: {prod: 1}\ncpu: 16384\nmem: 122880\nlaunch_type: FARGATE\n"
    app = workload(load_tree(GOOD, service(spec, release="default: v1")), "prod/app")

    assert app.launch_type == "FARGATE"


TAKEN = {
    "spot capacity of Fargate's": """\
launch_type: FARGATE
service: {capacityProviderStrategy: [{capacityProvider: FARGATE_SPOT, weight: 1}]}
""",
    "capacity of instances": "service: {capacityProviderStrategy: [{capacityProvider: spot, weight: 1}]}\n",
    "logs that a router takes": """\
logging: {driver: awsfirelens}
task_definition:
  containerDefinitions: [{name: router, image: "fluent-bit:3", firelensConfiguration: {type: fluentbit}}]
""",
    "a volume that is made at launch": """\
task_definition:
  networkMode: awsvpc
  volumes: [{name: data, configuredAtLaunch: true}]
  containerDefinitions: [{name: app, mountPoints: [{sourceVolume: data, containerPath: /data}]}]
service:
  volumeConfigurations: [{name: data, managedEBSVolume: {roleArn: "arn:aws:iam::123456789012:role/ebs", sizeInGiB: 10}}]
""",
    "a port that others connect to by name": """\
task_definition:
  containerDefinitions: [{name: app, portMappings: [{name: web, containerPort: 8080}]}]
service: {serviceConnectConfiguration: {enabled: true, services: [{portName: web}]}}
""",
    "a range of ports, one of them a listener's": """\
task_definition:
  containerDefinitions: [{name: app, portMappings: [{containerPortRange: 8000-8100}]}]
""",
    "a main container linked to its sidecar": """\
sidecars: {statsd: {image: "statsd:1"}}
task_definition:
  containerDefinitions: [{name: app, links: ["statsd:stats"]}]
""",
    "a lattice in front": """\
service:
  vpcLatticeConfigurations:
  - {roleArn: "arn:aws:iam::123456789012:role/lattice", targetGroupArn: lattice, portName: web}
""",
    "a secret by its full ARN, and a role with the cluster in its name": """\
secrets: {TOKEN: {secretsmanager: "arn:aws:secretsmanager:us-east-1:123456789012:secret:app/token-a1B2c3", key: token}}
task_role: "{cluster}-app"
""",
    "a count that an autoscaler owns": "ignore: [desiredCount]\n",
}


@pytest.mark.parametrize("more", TAKEN.values(), ids=list(TAKEN))
def test_what_ecs_takes_is_not_refused(more: str) -> None:
    spec = APP.replace("test: 1, ", "") + more

    assert load_tree(GOOD, service(spec, release="default: v1")).errors == ()

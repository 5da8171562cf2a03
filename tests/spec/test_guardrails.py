"""What a cluster's guardrails let in: nothing that its file does not allow, however it is called or hidden."""

import pytest

from reconciler.model import ServiceKey
from tests.spec.closed import ACCOUNT, APP, CLOSED, RELEASE, allowing, container, loaded, told
from tests.spec.trees import load_tree, service

SIDECAR = container('image: "registry.example/team/agent:1", memory: 64', "agent")


def logging_to(driver: str) -> str:
    """A container beside the service's own whose log goes to a driver."""
    return SIDECAR.replace("memory", f"logConfiguration: {{logDriver: {driver}}}, memory")


SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:log-AbCdEf"

ASKED = {
    "a privileged container": (
        container("privileged: true"),
        "privileged",
        "privileged: true",
        (
            "4:66: `app` is privileged, which `prod` does not allow "
            "(no `guardrails.privileged` in clusters/prod.yml); remove it, or have it allowed there"
        ),
    ),
    "a privileged container beside the service's own": (
        SIDECAR.replace("memory", "privileged: true, memory"),
        "privileged",
        "privileged: true",
        "`agent` is privileged",
    ),
    "a privileged sidecar": (
        'sidecars: {side: {image: "registry.example/team/side:1"}}\n' + container("privileged: true", "side"),
        "privileged",
        "privileged: true",
        "`side` is privileged",
    ),
    "a privileged container that runs and ends before the service": (
        "depends_on: {agent: SUCCESS}\n" + SIDECAR.replace("memory", "essential: false, privileged: true, memory"),
        "privileged",
        "privileged: true",
        "`agent` is privileged",
    ),
    "a capability": (
        container("linuxParameters: {capabilities: {add: [NET_ADMIN]}}"),
        "capabilities",
        "capabilities: [NET_ADMIN]",
        "4:93: `app` adds the capability NET_ADMIN",
    ),
    "all capabilities": (
        container("linuxParameters: {capabilities: {add: [ALL]}}"),
        "capabilities",
        "capabilities: [ALL]",
        "`app` adds the capability ALL",
    ),
    "a device": (
        container("linuxParameters: {devices: [{hostPath: /dev/sda}]}"),
        "devices",
        "devices: [/dev/sda]",
        "`app` gets the device /dev/sda",
    ),
    "a container without AppArmor": (
        container('dockerSecurityOptions: ["apparmor:unconfined"]'),
        "security_options",
        'security_options: ["apparmor:unconfined"]',
        "`app` has the security option apparmor:unconfined",
    ),
    "somebody's credentials in a directory": (
        container('credentialSpecs: ["credentialspec:arn:aws:s3:::admin"]'),
        "security_options",
        'security_options: ["credentialspec:arn:aws:s3:::admin"]',
        "`app` has the security option credentialspec:arn:aws:s3:::admin",
    ),
    "a port of the instance": (
        container("portMappings: [{containerPort: 80, hostPort: 80}]"),
        "host_ports",
        "host_ports: true",
        "`app` takes port 80 of the instance",
    ),
    "no limit to memory": (
        SIDECAR.replace(", memory: 64", ""),
        "unlimited_memory",
        "unlimited_memory: true",
        "4:42: `agent` may take all of the task's memory",
    ),
    "a reservation of memory in place of a limit": (
        SIDECAR.replace("memory", "memoryReservation"),
        "unlimited_memory",
        "unlimited_memory: true",
        "`agent` may take all of the task's memory",
    ),
    "the network of the instance": (
        "task_definition: {networkMode: host}\n",
        "host_network",
        "host_network: true",
        "4:32: `networkMode` is host",
    ),
    "the processes of the instance": (
        "task_definition: {pidMode: host}\n",
        "host_pid",
        "host_pid: true",
        "`pidMode` is host",
    ),
    "the shared memory of the instance": (
        "task_definition: {ipcMode: host}\n",
        "host_ipc",
        "host_ipc: true",
        "`ipcMode` is host",
    ),
    "a path of the instance": (
        "task_definition: {volumes: [{name: a, host: {sourcePath: /var/run/docker.sock}}]}\n",
        "host_paths",
        "host_paths: [/var/run]",
        "4:58: the volume mounts /var/run/docker.sock of the instance",
    ),
    "a Docker volume that mounts a path": (
        (
            "task_definition: {volumes: [{name: a, dockerVolumeConfiguration: "
            "{driver: local, driverOpts: {type: none, o: bind, device: /}}}]}\n"
        ),
        "docker_volumes",
        "docker_volumes: true",
        "this is a Docker volume",
    ),
    "the instance's Docker by its socket, as a log": (
        'logging: {driver: syslog, options: {syslog-address: "unix:///var/run/docker.sock"}}\n',
        "host_paths",
        "host_paths: [/var/run]",
        "4:53: `syslog-address` has the instance's Docker open unix:///var/run/docker.sock",
    ),
    "a file of the instance, as a certificate": (
        "logging: {driver: splunk, options: {splunk-capath: /etc/shadow}}\n",
        "host_paths",
        "host_paths: [/etc]",
        "`splunk-capath` has the instance's Docker open /etc/shadow",
    ),
    "a socket of the instance, for the log of a container": (
        logging_to("fluentd, options: {fluentd-address: 'UNIX:///run/x'}"),
        "host_paths",
        "host_paths: [/run]",
        "`fluentd-address` has the instance's Docker open UNIX:///run/x",
    ),
    "a key of the instance, from a secret": (
        logging_to(f"syslog, secretOptions: [{{name: syslog-tls-key, valueFrom: '{SECRET}'}}]"),
        "host_paths",
        None,
        "`syslog-tls-key` has the instance's Docker open what a secret says",
    ),
    "a socket of the instance, for the log of Service Connect": (
        (
            "service: {serviceConnectConfiguration: {enabled: true, "
            "logConfiguration: {logDriver: syslog, options: {syslog-address: 'unixgram:///dev/log'}}}}\n"
        ),
        "host_paths",
        "host_paths: [/dev]",
        "`syslog-address` has the instance's Docker open unixgram:///dev/log",
    ),
    "an image of another registry": (
        "image: elsewhere.example/app\n",
        "registries",
        "registries: [elsewhere.example]",
        (
            "4:8: the image is elsewhere.example/app, which `prod` does not allow "
            "(no `guardrails.registries` in clusters/prod.yml); take one from registry.example/team, "
            "or have it allowed there"
        ),
    ),
    "a sidecar's image without a registry": (
        'sidecars: {side: {image: "nginx:1"}}\n',
        "registries",
        "registries: [docker.io/library]",
        "4:26: the image is docker.io/library/nginx",
    ),
    "an image in ECS's words": (
        SIDECAR.replace("registry.example/team/agent:1", "acme/agent:1"),
        "registries",
        "registries: [docker.io/acme]",
        "the image is docker.io/acme/agent",
    ),
    "another task role": (
        "task_role: admin\n",
        "task_roles",
        "task_roles: [admin]",
        (
            "4:12: the role is `admin`, which `prod` does not allow "
            "(no `guardrails.task_roles` in clusters/prod.yml); use `{service}-task`, or have it allowed there"
        ),
    ),
    "another execution role": (
        "execution_role: admin\n",
        "execution_roles",
        "execution_roles: [admin]",
        "the role is `admin`",
    ),
    "the execution role as the task's": (
        "task_role: pull\n",
        "task_roles",
        "task_roles: [pull]",
        "the role is `pull`",
    ),
    "a role for volumes": (
        (
            "task_definition: {networkMode: awsvpc, volumes: [{name: data, configuredAtLaunch: true}]}\n"
            "service:\n"
            "  networkConfiguration: {awsvpcConfiguration: {subnets: [subnet-1]}}\n"
            "  volumeConfigurations: [{name: data, managedEBSVolume: "
            f'{{sizeInGiB: 9, roleArn: "arn:aws:iam::{ACCOUNT}:role/ebs"}}}}]\n'
        ),
        "infrastructure_roles",
        "infrastructure_roles: [ebs]",
        "the role is `ebs`",
    ),
}


@pytest.mark.parametrize(("text", "guardrail", "allowance", "error"), ASKED.values(), ids=list(ASKED))
def test_what_is_not_allowed_is_refused_where_it_is_asked_for(
    text: str, guardrail: str, allowance: str | None, error: str
) -> None:
    (refusal,) = told(text)

    assert error in refusal
    assert f"`guardrails.{guardrail}`" in refusal
    assert allowance is None or told(text, allowing(allowance)) == []


def test_a_guardrail_that_is_there_is_named_with_its_line() -> None:
    (refusal,) = told(container("linuxParameters: {capabilities: {add: [SYS_ADMIN]}}"), allowing("capabilities: [BPF]"))

    assert "(`guardrails.capabilities`, desired/clusters/prod.yml:6)" in refusal


def test_more_instances_than_the_cap_are_refused_and_as_many_are_not() -> None:
    (refusal,) = told("", allowing("max_instances: 1"))

    assert refusal == (
        "1:19: 2 instances are more than 1, which `prod` does not allow "
        "(`guardrails.max_instances`, desired/clusters/prod.yml:6); ask for fewer, or have it allowed there"
    )
    assert told("", allowing("max_instances: 2")) == []
    assert (
        "101 instances are more than 100"
        in load_tree({"clusters/prod.yml": CLOSED}, service(APP.replace("2}", "101}"), release=RELEASE))
        .errors[0]
        .message
    )


def test_a_count_in_ecs_s_words_is_refused_whatever_the_cap() -> None:
    (refusal,) = told("service: {desiredCount: 900}\n")

    assert "`desiredCount` cannot be set here; use `instances:`" in refusal


def test_roles_in_ecs_s_words_are_refused_whatever_the_lists() -> None:
    refusals = told("task_definition: {taskRoleArn: admin, executionRoleArn: admin}\n", allowing('task_roles: ["*"]'))

    assert [refusal.partition(": ")[2][:34] for refusal in refusals] == [
        "`taskRoleArn` cannot be set here; ",
        "`executionRoleArn` cannot be set h",
    ]


ORDINARY = {
    "nothing but the ten lines": "",
    "its image by digest": f"image: registry.example/team/app@sha256:{'0' * 64}\n",
    "the default roles by name": "task_role: app-task\nexecution_role: pull\n",
    "the default role by ARN": f"task_role: arn:aws:iam::{ACCOUNT}:role/app-task\n",
    "a network interface": "task_definition: {networkMode: awsvpc}\n"
    "service: {networkConfiguration: {awsvpcConfiguration: {subnets: [subnet-1]}}}\n",
    "an empty volume": "task_definition: {volumes: [{name: scratch, host: {}}]}\n",
    "a log over the network": 'logging: {driver: syslog, options: {syslog-address: "tcp+tls://logs.example:6514"}}\n',
    "a token of a log from a secret": logging_to(
        f"splunk, secretOptions: [{{name: splunk-token, valueFrom: '{SECRET}'}}]"
    ),
    "fewer rights": container(
        "dockerSecurityOptions: [no-new-privileges], linuxParameters: {capabilities: {drop: [ALL]}}, privileged: false"
    ),
    "a port that Docker chooses": container("portMappings: [{containerPort: 80, hostPort: 0}]"),
    "a namespace of its own": "task_definition: {pidMode: task, ipcMode: none}\n",
}


@pytest.mark.parametrize("text", ORDINARY.values(), ids=list(ORDINARY))
def test_what_every_service_may_have_needs_no_allowance(text: str) -> None:
    release = {} if "@sha256" in text else {"release": RELEASE}

    assert loaded(text, **release).errors == ()


def test_config_can_only_set_variables() -> None:
    config = "default: {privileged: true, image: evil, task_role: admin}\n"

    (app,) = loaded("", config=config, release=RELEASE).workloads

    assert dict(app.environment) == {"privileged": "true", "image": "evil", "task_role": "admin"}
    assert (app.image, app.task_role) == ("registry.example/team/app:v1", "{service}-task")


def test_a_service_is_refused_in_the_cluster_whose_guardrail_it_breaks_and_runs_in_the_other() -> None:
    clusters = {"clusters/prod.yml": CLOSED, "clusters/test.yml": CLOSED + allowing("privileged: true")}
    text = APP.replace("prod: 2", "prod: 2, test: 1") + container("privileged: true")

    desired = load_tree(clusters, service(text, release=RELEASE))

    assert [error.cluster for error in desired.errors] == ["prod"]
    assert [str(found.key) for found in desired.workloads] == ["test/app"]
    assert desired.protects(ServiceKey("prod", "app"))
    assert not desired.protects(ServiceKey("test", "app"))


def test_the_others_go_on() -> None:
    neighbour = {f"services/neighbour/{name}.yml": text for name, text in {"service": APP, "release": RELEASE}.items()}

    desired = load_tree({"clusters/prod.yml": CLOSED}, neighbour, service(APP + "image: evil:1\n"))

    assert [str(found.key) for found in desired.workloads] == ["prod/neighbour"]


def test_each_guardrail_that_is_broken_is_told_at_once_beside_what_else_is_wrong() -> None:
    text = "image: evil\ntask_role: admin\nfoo: 1\ntask_definition: {pidMode: host, ipcMode: host}\n"

    refusals = told(text)

    assert [refusal.partition(":")[0] for refusal in refusals] == ["4", "5", "6", "7", "7"]


@pytest.mark.parametrize(
    ("guardrail", "error"),
    [
        ("privilegd: true", "6:14: unknown field `privilegd`; did you mean `privileged`?"),
        ("host_paths: [etc]", "6:27: `guardrails.host_paths[0]` must be a path that starts with / and has no `..`"),
        ("host_paths: [/a/../b]", "6:27: `guardrails.host_paths[0]` must be a path"),
        ("capabilities: [net_admin]", "6:29: `guardrails.capabilities[0]` must be a Linux capability"),
        ("task_roles: [a b]", "6:27: `guardrails.task_roles[0]` must be an IAM role's name or ARN"),
        ("task_roles: ['arn:aws:iam::210987654321:role/a']", f"6:27: the role is not of account {ACCOUNT}"),
        ("registries: ['https://a.example']", "6:27: `guardrails.registries[0]` must be a registry"),
        ("max_instances: -1", "6:29: `guardrails.max_instances` must be at least 0"),
    ],
)
def test_a_guardrail_that_is_wrong_is_refused_with_its_cluster(guardrail: str, error: str) -> None:
    desired = loaded("", allowing(guardrail), release=RELEASE)

    assert [str(found).startswith(f"desired/clusters/prod.yml:{error}") for found in desired.errors] == [True]
    assert desired.workloads == ()
    assert desired.protects(ServiceKey("prod", "app"))

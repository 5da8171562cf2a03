"""What is on a guardrail's list and what only looks like it: registries, paths, roles, and the operator's own."""

import pytest

from reconciler.spec import load
from tests.spec.closed import ACCOUNT, APP, CLOSED, OTHER, RELEASE, allowing, told
from tests.spec.trees import load_tree, service

FROM_ELSEWHERE = [
    "registry.example/teammate/app",
    "registry.example/team-b/app",
    "registry.example/app",
    "registry.example:5000/team/app",
    "registry.example.evil.com/team/app",
    "evil.com/registry.example/team/app",
    "evil-registry.example/team/app",
    "registry.example./team/app",
    "team/app",
    "localhost/team/app",
]


@pytest.mark.parametrize("image", FROM_ELSEWHERE)
def test_an_image_that_only_looks_like_one_of_the_registry_is_refused(image: str) -> None:
    listed = allowing("registries: [registry.example/team/app]")

    assert [refusal[:18] for refusal in told(f"image: {image}\n", listed)] == ["4:8: the image is "]


@pytest.mark.parametrize(
    "image", ["Registry.example/team/app", "registry.example/team/../app", "registry.example//team"]
)
def test_an_image_that_docker_would_not_take_is_no_image(image: str) -> None:
    assert [refusal[:22] for refusal in told(f"image: {image}\n")] == ["4:8: `image` must be a"]


HUB = ["nginx", "library/nginx", "docker.io/nginx", "docker.io/library/nginx", "index.docker.io/library/nginx"]


@pytest.mark.parametrize("image", HUB)
def test_docker_s_images_are_the_same_however_they_are_called(image: str) -> None:
    assert told(f"image: {image}\n", allowing("registries: [docker.io/library]")) == []
    assert (
        "the image is docker.io/library/nginx" in told(f"image: {image}\n", allowing("registries: [docker.io/acme]"))[0]
    )


def test_a_registry_without_a_host_is_one_of_docker_s() -> None:
    assert told("image: acme/app\n", allowing("registries: [acme]")) == []
    assert told("image: acme.example/app\n", allowing("registries: [acme]")) != []


@pytest.mark.parametrize("image", ["registry.acme:1", "localhost:1"])
def test_a_name_without_a_slash_is_one_of_docker_s_even_if_it_is_that_of_a_registry(image: str) -> None:
    host = image.partition(":")[0]

    (refusal,) = told(f'sidecars: {{side: {{image: "{image}"}}}}\n', allowing(f"registries: [{host}]"))

    assert f"the image is docker.io/library/{host}, " in refusal


ADDRESSES = [
    "unix:///data/../etc/x",
    "unix://data/etc/x",
    "unix:///data/%2e%2e/etc/x",
    "unix:///data/x?y",
    "unix:///database",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_leads_out_of_what_is_allowed_is_refused(address: str) -> None:
    text = f"logging: {{driver: fluentd, options: {{fluentd-address: '{address}'}}}}\n"

    assert len(told(text, allowing("host_paths: [/data]"))) == 1


@pytest.mark.parametrize("path", [r"/data/..\..\etc", r"/data\..\etc", r"\data"])
def test_a_path_with_a_backslash_is_refused_whatever_is_allowed(path: str) -> None:
    text = f"task_definition: {{volumes: [{{name: a, host: {{sourcePath: '{path}'}}}}]}}\n"

    assert len(told(text, allowing("host_paths: [/]"))) == 1


@pytest.mark.parametrize("path", ["/data/../etc", "/data/./../etc", "//etc", "/database", "/", "/data/../../"])
def test_a_path_that_leads_out_of_what_is_allowed_is_refused(path: str) -> None:
    text = f"task_definition: {{volumes: [{{name: a, host: {{sourcePath: {path}}}}}]}}\n"

    assert len(told(text, allowing("host_paths: [/data]"))) == 1


@pytest.mark.parametrize("path", ["/data", "/data/", "//data/x", "/data/x/../y"])
def test_a_path_below_one_that_is_allowed_may_be_mounted(path: str) -> None:
    text = f"task_definition: {{volumes: [{{name: a, host: {{sourcePath: {path}}}}}]}}\n"

    assert told(text, allowing("host_paths: [/data/]")) == []


@pytest.mark.parametrize(
    ("role", "listed"),
    [
        ("app", f"arn:aws:iam::{ACCOUNT}:role/app"),
        (f"arn:aws:iam::{ACCOUNT}:role/app", "app"),
        (f"arn:aws:iam::{ACCOUNT}:role/team/app", "team/app"),
        ("prod-app", "{cluster}-{service}"),
        ("{cluster}-{service}", "prod-app"),
        ("app-reader", "app-*"),
    ],
)
def test_a_role_is_the_same_by_name_and_by_arn(role: str, listed: str) -> None:
    assert told(f'task_role: "{role}"\n', allowing(f'task_roles: ["{listed}"]')) == []


@pytest.mark.parametrize(
    ("role", "listed"),
    [
        ("team/app", "app"),
        ("app", "team/app"),
        ("app-b", "app"),
        ("APP", "app"),
        ("secret/app", "*"),
        ("prod-other", "{cluster}-{service}"),
    ],
)
def test_a_role_of_another_path_spelling_or_service_is_another_role(role: str, listed: str) -> None:
    assert len(told(f'task_role: "{role}"\n', allowing(f'task_roles: ["{listed}"]'))) == 1


FITTING = [
    ("*", "app"),
    ("*app", "app"),
    ("app*", "app"),
    ("*a*b*a*", "xaxbxa"),
    ("a*a", "aba"),
    ("team/*-app", "team/b-app"),
    ("**", "app"),
    ("*ab", "aab"),
]


@pytest.mark.parametrize(("listed", "role"), FITTING)
def test_a_star_is_any_text_or_none(listed: str, role: str) -> None:
    assert told(f"task_role: {role}\n", allowing(f'task_roles: ["{listed}"]')) == []


@pytest.mark.parametrize(
    ("listed", "role"),
    [("a*a", "a"), ("*ab*b", "ab"), ("a*b*c", "acb"), ("*/app", "app"), ("*", "team/app"), ("*a" * 9 + "*b", "a" * 60)],
)
def test_pieces_between_stars_stand_one_after_another(listed: str, role: str) -> None:
    (refusal,) = told(f"task_role: {role}\n", allowing(f'task_roles: ["{listed}"]'))

    assert f"the role is `{role}`" in refusal


def volume_by(role: str) -> str:
    """A volume that ECS makes by a role."""
    return (
        "task_definition: {volumes: [{name: data, configuredAtLaunch: true}]}\n"
        "service: {volumeConfigurations: [{name: data, managedEBSVolume: "
        f'{{sizeInGiB: 9, roleArn: "{role}"}}}}]}}\n'
    )


def test_a_role_of_another_account_is_on_no_list() -> None:
    assert told(volume_by("arn:aws:iam::999999999999:role/ebs"), allowing("infrastructure_roles: [ebs, '*']")) == [
        f"5:89: the role is not of account {ACCOUNT}, which `prod` is in; correct it"
    ]


def test_a_role_of_another_partition_is_of_another_account() -> None:
    role = f"arn:aws-cn:iam::{ACCOUNT}:role"
    everything = allowing("infrastructure_roles: ['*'], task_roles: ['*']")

    assert len(told(volume_by(f"{role}/ebs"), everything)) == 1
    assert len(told(f"task_role: {role}/app\n", everything)) == 1


@pytest.mark.parametrize(
    "role", ["role/ebs-*", "role/ebs-?", "role/ebs-${aws:username}", "role/{service}", "*", "user/ebs-a"]
)
def test_what_iam_could_read_as_several_roles_is_no_role(role: str) -> None:
    (refusal,) = told(volume_by(f"arn:aws:iam::{ACCOUNT}:{role}"), allowing("infrastructure_roles: ['*', 'ebs-*']"))

    assert refusal.startswith("5:89: `roleArn` must be the ARN of one role: arn:aws:iam::ACCOUNT:role/NAME, not ")


OWN = ["operators/reconciler", "reconciler", "Reconciler", f"arn:aws:iam::{ACCOUNT}:role/operators/reconciler"]


@pytest.mark.parametrize("field", ["task_role", "execution_role"])
@pytest.mark.parametrize("role", OWN)
def test_the_operator_s_own_role_is_nobody_else_s_whatever_the_lists_say(role: str, field: str) -> None:
    everything = allowing('task_roles: ["*", "*/*"], execution_roles: ["*", "*/*"]')

    (refusal,) = told(f"{field}: {role}\n", everything)

    assert "is the operator's own role (`role` in desired/clusters/prod.yml:4), which nothing else may have" in refusal


def test_nor_is_the_role_that_it_has_in_another_cluster_of_the_account() -> None:
    (refusal,) = told("task_role: operators/other\n", allowing('task_roles: ["*", "*/*"]'))

    assert "is the operator's own role (`role` in desired/clusters/other.yml:4)" in refusal


BROKEN = {
    "an unknown field": OTHER + "bogus: 1\n",
    "no YAML": OTHER + "zone: [\n",
    "on one line": "{region: us-east-1, 'role': 'arn:aws:iam::" + ACCOUNT + ":role/operators/other', vpc: [}",
    "as a block": "account: [\nrole: >-\n  arn:aws:iam::" + ACCOUNT + ":role/other\n",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=list(BROKEN))
def test_nor_while_the_file_that_names_it_is_broken(text: str) -> None:
    files = {"clusters/prod.yml": CLOSED + allowing('task_roles: ["*"]'), "clusters/other.yml": text}

    desired = load_tree(files, service(APP + "task_role: other\n", release=RELEASE))

    assert "`other` is the operator's own role (`role` in desired/clusters/other.yml:" in desired.errors[-1].message
    assert desired.workloads == ()


def test_other_roles_of_a_broken_file_are_not_the_operator_s() -> None:
    broken = OTHER + f"bogus: 1\n# task_role: arn:aws:iam::{ACCOUNT}:role/app\n"
    files = {"clusters/prod.yml": CLOSED + allowing('task_roles: ["*"]'), "clusters/other.yml": broken}

    desired = load_tree(files, service(APP + "task_role: app\n", release=RELEASE))

    assert [str(found.key) for found in desired.workloads] == ["prod/app"]


def test_nor_can_it_be_the_default() -> None:
    careless = CLOSED.replace("{service}-task", "operators/reconciler")

    (error,) = load_tree({"clusters/prod.yml": careless}, service(APP, release=RELEASE)).errors

    assert str(error).startswith("desired/services/app/service.yml:1:19: `operators/reconciler` is the operator's own")


@pytest.mark.parametrize("own", ["base", f"arn:aws:iam::{ACCOUNT}:role/operators/Base"])
def test_nor_is_the_role_of_the_settings_that_it_has_where_it_assumes_none(own: str) -> None:
    files = {"clusters/prod.yml": CLOSED + allowing('task_roles: ["*"]'), **service(APP + "task_role: base\n")}
    tree = [(path, text.encode(), None) for path, text in {**files, "services/app/release.yml": RELEASE}.items()]

    (error,) = load(tree, "r1", role=own).errors

    assert "`base` is the operator's own role (the setting `role`)" in error.message

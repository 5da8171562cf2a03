"""Schemas, sample and reference say what the models say."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import jsonschema  # type: ignore[import-untyped]  # it comes with moto, without types
import pytest
import yaml
from pydantic import BaseModel

from reconciler.spec import Desired, load
from reconciler.spec.schema import MODELS, schema

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "desired"
REFERENCE = (ROOT / "docs" / "spec.md").read_text()
FILES = sorted(path for path in SAMPLE.rglob("*.yml"))


def kind_of(path: Path) -> str:
    return "cluster" if path.parent.name == "clusters" else path.stem


def sample() -> Desired:
    return load(((path.relative_to(SAMPLE).as_posix(), path.read_bytes(), None) for path in FILES), "r1")


def properties(kind: str) -> dict[str, Any]:
    """Every property of a kind of file, at any depth; where any name may stand, what stands there."""
    whole = schema(kind)
    found = {"any name": whole["additionalProperties"]} if whole["additionalProperties"] else {}
    for name, model in {kind: whole, **whole.get("$defs", {})}.items():
        found |= {f"{name}.{field}": said for field, said in model.get("properties", {}).items()}
    return found


def models_in(model: object) -> Iterator[type[BaseModel]]:
    if isinstance(model, type) and issubclass(model, BaseModel):
        yield model
        for info in model.model_fields.values():
            yield from models_in(info.annotation)
    for argument in get_args(model):
        yield from models_in(argument)


@pytest.mark.parametrize("kind", MODELS)
def test_the_schema_of_each_file_is_valid_json_schema(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(kind))
    assert schema(kind)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema(kind)["description"]


@pytest.mark.parametrize("kind", MODELS)
def test_every_property_of_a_schema_says_itself_what_it_is_for(kind: str) -> None:
    found = properties(kind)

    assert found
    assert [name for name, said in found.items() if not said.get("description")] == []


@pytest.mark.parametrize("kind", MODELS)
def test_the_committed_schemas_are_up_to_date(kind: str) -> None:
    assert json.loads((ROOT / "schemas" / f"{kind}.json").read_text()) == schema(kind)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SAMPLE).as_posix())
def test_a_sample_file_fits_its_schema_and_tells_editors_where_it_is(path: Path) -> None:
    modeline = path.read_text().splitlines()[0]
    committed = (path.parent / modeline.removeprefix("# yaml-language-server: $schema=")).resolve()

    assert committed == ROOT / "schemas" / f"{kind_of(path)}.json"
    jsonschema.Draft202012Validator(schema(kind_of(path))).validate(yaml.safe_load(path.read_text()))


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("service", "instances: {test: 1}\ncpu: lots\nmem: 512"),
        ("service", "instances: {test: 1}\ncpu: 256\nmem: 512\nlistner: []"),
        ("service", "instances: {test: 1}\ncpu: 256\nmem: 512\nrollout: {bake: 300}"),
        ("service", "instances: {test: 1}\ncpu: 256\nmem: 512\nsecrets: {A: text}"),
        ("config", "default: 1"),
        ("release", "prod: feature/login"),
        ("cluster", "region: us-east-1\naccount: mine\nvpc: v"),
    ],
)
def test_the_schema_refuses_what_the_models_refuse(kind: str, written: str) -> None:
    assert not jsonschema.Draft202012Validator(schema(kind)).is_valid(yaml.safe_load(written))


def test_the_sample_is_the_seed_s_world() -> None:
    desired = sample()

    assert desired.errors == ()
    assert {name: cluster.zone for name, cluster in desired.clusters.items()} == {
        "test": "test.example",
        "stage": "stage.example",
        "prod": "prod.example",
    }
    deploy = [found for found in desired.workloads if found.key.service == "deploy-internal"]
    assert {found.key.cluster: found.instances for found in deploy} == {"prod": 3, "stage": 2, "test": 1}
    assert {found.key.cluster: found.environment["canary_services"] for found in deploy} == {
        "prod": '["api_gateway","httpbin"]',
        "stage": "[]",
        "test": "[]",
    }
    assert {found.key.cluster: found.environment["debug"] for found in deploy} == {
        "prod": "false",
        "stage": "false",
        "test": "true",
    }
    versions = {str(found.key): found.version for found in desired.workloads}
    assert versions["prod/httpbin"] == "67c9cbb"


@pytest.mark.parametrize("kind", MODELS)
def test_the_reference_speaks_of_every_field(kind: str) -> None:
    mentioned = set(re.findall(r"`([^`\n]+)`", REFERENCE))

    for model in models_in(MODELS[kind]):
        for field in model.model_fields.keys() - {"root", "ssm", "secretsmanager", "key"}:
            assert field in mentioned, f"{model.__name__}.{field} is not in docs/spec.md"


def test_the_examples_of_the_reference_load() -> None:
    blocks = re.findall(r"```yaml\n# (\S+)\n(.*?)```", REFERENCE, flags=re.DOTALL)
    prod = next(text for path, text in blocks if path == "clusters/prod.yml")
    files = [*blocks, ("clusters/test.yml", prod.replace("us-west-2", "us-east-1").replace("prod", "test"))]

    desired = load(((path, text.encode(), None) for path, text in files), "r1")

    assert [str(error) for error in desired.errors] == []
    assert [str(found.key) for found in desired.workloads] == ["prod/httpbin", "prod/worker", "test/httpbin"]
    assert desired.workloads[0].environment["limits"] == '{"anonymous":10,"signed_in":1000}'

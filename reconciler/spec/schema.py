"""JSON Schema of the files people write, for editors and for `reconciler schema`."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from reconciler.spec.models import ClusterSpec, ConfigSpec, ReleaseSpec, ServiceSpec

MODELS: dict[str, type[BaseModel]] = {
    "service": ServiceSpec,
    "config": ConfigSpec,
    "release": ReleaseSpec,
    "cluster": ClusterSpec,
}
"""The model of each kind of file."""

_FILES: dict[str, str] = {
    "service": "services/NAME/service.yml",
    "config": "services/NAME/config.yml",
    "release": "services/NAME/release.yml",
    "cluster": "clusters/NAME.yml",
}


def schema(kind: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of a kind of file."""
    generated = MODELS[kind].model_json_schema()
    return {"$schema": GenerateJsonSchema.schema_dialect, **generated, "title": _FILES[kind]}

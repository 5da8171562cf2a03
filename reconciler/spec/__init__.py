"""What people write, judged: files of a tree in, `Desired` out, each error with its file, line and column."""

from reconciler.spec.desired import Desired, Workload
from reconciler.spec.errors import SpecError
from reconciler.spec.load import load

__all__ = ["Desired", "SpecError", "Workload", "load"]

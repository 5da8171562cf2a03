"""Waypoint minus live state: actions in a stable order, each with its cause. Policies filter the finished plan."""

from reconciler.plan.lineage import Lineage, last_applied
from reconciler.plan.ordering import waits_of, with_those_before
from reconciler.plan.planner import make_plan
from reconciler.plan.policy import Brakes, hold_back
from reconciler.plan.tally import Tally

__all__ = ["Brakes", "Lineage", "Tally", "hold_back", "last_applied", "make_plan", "waits_of", "with_those_before"]

"""Walks a plan: services side by side, each one's actions one after another. Decides nothing."""

from reconciler.execute.executor import execute

__all__ = ["execute"]

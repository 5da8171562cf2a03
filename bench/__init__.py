"""Measures the operator: see docs/performance.md."""

"""Tells what the operator does: metrics, log, HTTP, terminal. Listens to the loop and never talks back."""

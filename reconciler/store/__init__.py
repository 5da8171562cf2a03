"""What the operator keeps outside of what it manages: the lease that says which of several replicas leads."""

from reconciler.store.election import Alone, Election, Leader
from reconciler.store.lease import View
from reconciler.store.table import LeaseTable, Table

__all__ = ["Alone", "Election", "Leader", "LeaseTable", "Table", "View"]

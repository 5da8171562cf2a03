"""Which replica leads, as it is told."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leadership:
    """Whether a process leads, and which one holds the lease: none where there is no lease, and then it always leads.

    `epoch` counts the takeovers up to this holder's; `trouble` is why the lease could not be asked for just now.
    """

    leads: bool = True
    holder: str = ""
    epoch: int = 0
    trouble: str = ""

    def __str__(self) -> str:
        said = "leads" if self.leads else f"follows {self.holder}" if self.holder else "waits for the lease"
        epoch = f", epoch {self.epoch}" if self.epoch else ""
        return f"{said}{epoch}{f': {self.trouble}' if self.trouble else ''}"

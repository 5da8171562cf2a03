"""Traffic for the sandbox: its load balancers take requests on loopback, and its tasks answer them.

`Traffic` is what the sandbox holds. `rules`, `choice` and `decision` say what becomes of a request, as plain data;
`servers` runs a `proxy` for each listener and a responder for each task.
"""

from collections.abc import Mapping
from random import Random

from reconciler.sandbox.traffic.listeners import listeners
from reconciler.sandbox.traffic.servers import Servers
from reconciler.sandbox.world import World

__all__ = ["Traffic"]


class Traffic:
    """The way into a sandbox for requests, open from the first time its addresses are asked for.

    `random` picks among weighted target groups.
    """

    def __init__(self, world: World, random: Random | None = None) -> None:
        self._world = world
        self._random = random or Random()  # noqa: S311 - dice, not a secret
        self._servers: Servers | None = None
        self._open: dict[str, str] = {}

    def addresses(self) -> Mapping[tuple[str, int], str]:
        """Where each listener takes requests on loopback, by load balancer name and listener port."""
        with self._world.lock:
            standing = list(listeners())
        if self._servers is None:
            self._servers = Servers(self._world, self._random)
        for listener in standing:
            if listener.arn not in self._open:
                self._open[listener.arn] = self._servers.open(listener)
        return {(listener.name, listener.port): self._open[listener.arn] for listener in standing}

    def stop(self) -> None:
        """Close every port and end the thread."""
        if self._servers is not None:
            self._servers.close()
        self._servers = None
        self._open.clear()

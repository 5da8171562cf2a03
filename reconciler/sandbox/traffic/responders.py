"""Tasks as tiny HTTP servers.

A task that is stopped finishes the requests it has: it drains first, and on a fast clock that may take no real time
at all. A task that crashes is gone at once, and its requests with it.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from reconciler.sandbox.traffic.serving import Handler, serve
from reconciler.sandbox.world import TaskRecord, World

_CRASHED = "Essential container in task exited"
_COLOURS = ("blue", "green")


class Responders:
    """The HTTP servers of tasks, all in one event loop; each is started when its first request comes."""

    def __init__(self, world: World, loop: asyncio.AbstractEventLoop) -> None:
        self._world = world
        self._loop = loop
        self._by_task: dict[str, _Responder] = {}
        self._stopping: set[asyncio.Task[None]] = set()  # an event loop holds its tasks but weakly
        world.subscribe(self._see)

    @asynccontextmanager
    async def reach(self, task: TaskRecord | None) -> AsyncIterator[str]:
        """Where a task listens, which a stop waits to be left; `ConnectionRefusedError` when there is no task.

        To be entered right after the task was chosen, so that nothing happens to it in between.
        """
        if task is None:
            raise ConnectionRefusedError
        if task.arn not in self._by_task:
            self._by_task[task.arn] = _Responder(_answering(self._world, task))
        async with self._by_task[task.arn].request() as address:
            yield address

    async def close(self) -> None:
        """Stop them all."""
        await asyncio.gather(*self._stopping)
        for responder in self._by_task.values():
            await responder.stop()

    def _see(self, task: TaskRecord) -> None:
        """The world calls this, in whatever thread moved it."""
        if task.status == "STOPPED":
            with suppress(RuntimeError):  # the loop is closed, and every server with it
                self._loop.call_soon_threadsafe(self._end, task.arn, task.stopped_reason == _CRASHED)

    def _end(self, arn: str, crashed: bool) -> None:  # noqa: FBT001 - call_soon takes no keywords
        responder = self._by_task.pop(arn, None)
        if responder is not None:
            stopping = self._loop.create_task(responder.stop() if crashed else responder.drain())
            self._stopping.add(stopping)
            stopping.add_done_callback(self._stopping.discard)


class _Responder:
    """One task's server, and the requests it has."""

    def __init__(self, answer: Handler) -> None:
        self._server = asyncio.ensure_future(serve(answer))
        self._requests = 0
        self._idle = asyncio.Event()

    @asynccontextmanager
    async def request(self) -> AsyncIterator[str]:
        self._requests += 1
        self._idle.clear()
        try:
            yield (await self._server)[1]
        finally:
            self._requests -= 1
            if not self._requests:
                self._idle.set()

    async def drain(self) -> None:
        await self._idle.wait()
        await self.stop()

    async def stop(self) -> None:
        await (await self._server)[0].cleanup()


def _answering(world: World, task: TaskRecord) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        fellows = world.tasks(cluster=task.cluster, service=task.service)
        targets = (target for each in fellows if each.arn == task.arn for target in each.targets)
        sick = any(target.health == "unhealthy" for target in targets)
        who = identity(task)
        text = json.dumps({**who, "path": request.path}) + "\n"
        return web.json_response(text=text, status=503 if sick else 200, headers={"X-Version": who["version"]})

    return answer


def identity(task: TaskRecord) -> Mapping[str, str]:
    """Who answers."""
    colour = task.service.rpartition("-")[2]
    return {
        "cluster": task.cluster,
        "service": task.service,
        "version": task.image.rsplit("/", 1)[-1].partition(":")[2] or "latest",
        "colour": colour if colour in _COLOURS else "",
        "task": task.id,
    }

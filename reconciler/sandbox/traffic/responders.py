"""Tasks as tiny HTTP servers: each listens for as long as it runs, and is gone at once when it stops."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from aiohttp import web

from reconciler.sandbox.traffic.serving import Handler, serve
from reconciler.sandbox.world import TaskRecord, World

_COLOURS = ("blue", "green")

_Started = tuple[web.AppRunner, str]


class Responders:
    """The HTTP servers of running tasks, all in one event loop; each is started when its first request comes."""

    def __init__(self, world: World, loop: asyncio.AbstractEventLoop) -> None:
        self._world = world
        self._loop = loop
        self._started: dict[str, asyncio.Task[_Started]] = {}
        self._ending: set[asyncio.Task[None]] = set()  # an event loop holds its tasks but weakly
        world.subscribe(self._see)

    async def address(self, task: str | None) -> str:
        """Where the task of that ARN listens; raises `ConnectionRefusedError` when no such task runs."""
        if task is None:
            raise ConnectionRefusedError
        if task not in self._started:
            self._started[task] = self._loop.create_task(self._start(task))
        _, address = await self._started[task]
        return address

    async def close(self) -> None:
        """Stop them all."""
        for arn in list(self._started):
            await self._stop(arn)

    def _see(self, task: TaskRecord) -> None:
        """The world calls this, in whatever thread moved it."""
        if task.status == "STOPPED":
            with suppress(RuntimeError):  # the loop is closed, and every server with it
                self._loop.call_soon_threadsafe(self._end, task.arn)

    def _end(self, arn: str) -> None:
        if arn in self._started:
            self._ending.add(ending := self._loop.create_task(self._stop(arn)))
            ending.add_done_callback(self._ending.discard)

    async def _start(self, arn: str) -> _Started:
        task = next((each for each in self._world.tasks() if each.arn == arn and each.started_at), None)
        if task is None:
            raise ConnectionRefusedError
        return await serve(_answering(self._world, task))

    async def _stop(self, arn: str) -> None:
        started = self._started.pop(arn, None)
        if started is not None:
            with suppress(ConnectionRefusedError):
                runner, _ = await started
                await runner.cleanup()


def _answering(world: World, task: TaskRecord) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        fellows = world.tasks(cluster=task.cluster, service=task.service)
        now = next((each for each in fellows if each.arn == task.arn), None)
        if now is None:
            return _die(request)
        sick = any(target.health == "unhealthy" for target in now.targets)
        who = identity(task)
        body = {**who, "path": request.path}
        return web.json_response(body, status=503 if sick else 200, headers={"X-Version": who["version"]})

    return answer


def _die(request: web.Request) -> web.Response:
    """Cut the connection, as the kernel does for a process that is gone."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


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

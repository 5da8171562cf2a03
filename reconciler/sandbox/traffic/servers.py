"""The HTTP servers of listeners and tasks: one thread, one event loop."""

import asyncio
from collections.abc import Coroutine
from random import Random
from threading import Thread
from typing import Any, TypeVar

import aiohttp
from aiohttp import web

from reconciler.sandbox.traffic.decision import NO_TARGET, Answer, Decider, Forward
from reconciler.sandbox.traffic.listeners import Listener
from reconciler.sandbox.traffic.proxy import proxy
from reconciler.sandbox.traffic.responders import Responders
from reconciler.sandbox.traffic.rules import Request
from reconciler.sandbox.traffic.serving import serve
from reconciler.sandbox.world import TaskRecord, World

Result = TypeVar("Result")


class Servers:
    """Serving from the moment it is made until it is closed."""

    def __init__(self, world: World, random: Random) -> None:
        self._world = world
        self._decider = Decider(world.targets, self._task, random)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="sandbox-traffic")
        self._thread.start()
        self._responders = Responders(world, self._loop)
        self._session = self._run(_session())
        self._listening: list[web.AppRunner] = []

    def open(self, listener: Listener) -> str:
        """Take requests for a listener; returns where."""
        return self._run(self._open(listener))

    def close(self) -> None:
        """Close every port and end the thread."""
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _open(self, listener: Listener) -> str:
        handler = proxy(lambda request: self._decide(listener, request), self._responders, self._session)
        runner, address = await serve(handler)
        self._listening.append(runner)
        return address

    def _decide(self, listener: Listener, request: Request) -> Answer | Forward:
        with self._world.lock:
            rules = listener.rules()
            return self._decider.decide(rules, request, listener.port) if rules else NO_TARGET

    def _task(self, arn: str) -> TaskRecord | None:
        return next((task for task in self._world.tasks() if task.arn == arn), None)

    async def _close(self) -> None:
        for runner in self._listening:
            await runner.cleanup()
        await self._session.close()
        await self._responders.close()


async def _session() -> aiohttp.ClientSession:
    """Connections to tasks. Without cookies, and bodies are passed on as they are."""
    return aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar())

"""One listener of a load balancer as an HTTP server on loopback that hands requests on to tasks."""

from collections.abc import Callable, Mapping

import aiohttp
from aiohttp import web

from reconciler.sandbox.traffic.decision import Answer, Forward
from reconciler.sandbox.traffic.responders import Responders
from reconciler.sandbox.traffic.rules import Request
from reconciler.sandbox.traffic.serving import Handler

# Headers that belong to one connection and not to the one behind it (RFC 9110, section 7.6.1).
_OF_THE_CONNECTION = frozenset(
    ("connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade")
)

Decide = Callable[[Request], Answer | Forward]


def proxy(decide: Decide, responders: Responders, session: aiohttp.ClientSession) -> Handler:
    """The handler of one listener's requests."""

    async def handle(incoming: web.Request) -> web.Response:
        decision = decide(_seen(incoming))
        if isinstance(decision, Answer):
            return web.Response(status=decision.status, body=decision.body.encode(), headers=decision.headers)
        try:
            async with responders.reach(decision.task) as address:
                return await _relay(incoming, address, session)
        except (aiohttp.ClientError, OSError):
            return web.Response(status=502, text="502 Bad Gateway\n")

    return handle


def _seen(incoming: web.Request) -> Request:
    return Request(
        method=incoming.method,
        host=incoming.host,
        path=incoming.path,
        query=tuple(incoming.query.items()),
        headers={name.lower(): value for name, value in incoming.headers.items()},
        source=incoming.remote or "127.0.0.1",
    )


async def _relay(incoming: web.Request, address: str, session: aiohttp.ClientSession) -> web.Response:
    headers = _end_to_end(incoming.headers) | {"X-Forwarded-For": incoming.remote or "", "X-Forwarded-Proto": "http"}
    body = await incoming.read()
    async with session.request(
        incoming.method, address + incoming.raw_path, headers=headers, data=body, allow_redirects=False
    ) as reply:
        return web.Response(status=reply.status, body=await reply.read(), headers=_end_to_end(reply.headers))


def _end_to_end(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _OF_THE_CONNECTION}

"""The container's health check: `python -m reconciler.healthcheck` ends with 0 while the operator answers `/healthz`.

It asks whether the process lives, not whether AWS does. ECS runs it every half minute beside the operator, so it
imports the standard library alone, and reads the one setting that it needs from the environment, as the image sets it.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException

VARIABLE = "RECONCILER_HTTP_LISTEN"
DEFAULT = "127.0.0.1:9464"
_SECONDS = 2
_LOOPBACK = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what listens everywhere is asked here


def main() -> int:
    """Ask once. Returns what the process ends with."""
    host, _, port = os.environ.get(VARIABLE, DEFAULT).rpartition(":")
    host = host.strip("[]")
    connection = HTTPConnection(_LOOPBACK.get(host, host), int(port), timeout=_SECONDS)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        sys.stderr.write(f"{host}:{port} does not answer: {error}\n")
        return 1
    finally:
        connection.close()
    return 0 if status == 200 else 1  # noqa: PLR2004 - HTTP's OK


if __name__ == "__main__":
    sys.exit(main())

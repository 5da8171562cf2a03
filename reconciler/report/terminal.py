"""What is known of the terminal that is written to."""

import os
from typing import TextIO


def wants_color(stream: TextIO) -> bool:
    """Whether a person looks at the stream who has not asked for plain text (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

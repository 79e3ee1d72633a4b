"""What a person does to a model over HTTP, with their own credentials, and how the answer is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from .output import print_json
from .server import OURS, server_for
from .sources import model_id


def act(model: str, path: str, body: dict[str, Any], url: str, user: str, token_file: Path | None) -> dict[str, Any]:
    """Post to a path below a model; `path` is as our routes have it, its parts quoted by whoever writes names of users into it."""
    with server_for(url, user, token_file) as server:
        return dict(server.post(f"{OURS}/models/{quote(model_id(model), safe='')}/{path}", body))


def say(told: dict[str, Any], line: str, *, json: bool) -> None:
    """The answer as JSON, or a line for people."""
    if json:
        print_json(told)
    else:
        print(line)

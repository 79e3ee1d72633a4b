"""Ports of this machine."""

from __future__ import annotations

import socket

from ..errors import ModelOpsError


def require_free(port: int) -> None:
    """Make sure that nothing listens on the port.

    Raises:
        ModelOpsError: something does.
    """
    if not port_is_free(port):
        raise ModelOpsError(f"port {port} is taken by another program; stop it, or choose another with --port")


def port_is_free(port: int) -> bool:
    """Whether nothing listens on the port of 127.0.0.1."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """A port that nothing listens on at this moment."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])

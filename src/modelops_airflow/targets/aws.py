"""Amazon's API: clients from a connection, and its errors as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from ..connections import Connections
from ..errors import TargetError


class AwsError(TargetError):
    """What Amazon refused.

    Attributes:
        code: Amazon's word for it.
        missing: what was named is not there.
    """

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code
        self.missing = code in ("NoSuchKey", "404", "ResourceNotFound") or "could not find" in message.lower()


def session_of(region: str, connection: str | None, connections: Connections) -> Any:
    """A session with the credentials of a connection, or those of the machine.

    Raises:
        TargetError: boto3 is not installed, or the connection has no credentials; the message tells none.
    """
    try:
        import boto3
    except ImportError:
        raise TargetError("target sagemaker needs a library that is not installed; run: pip install 'modelops-airflow[sagemaker]'") from None
    if connection is None:
        return boto3.session.Session(region_name=region)
    try:
        parts = urlsplit(connections(connection))
        key, secret = unquote(parts.username or ""), unquote(parts.password or "")
        token = parse_qs(parts.query).get("aws_session_token", [None])[0]
    except ValueError:
        key = secret = ""
    if not key or not secret:
        raise TargetError(f"connection {connection!r} has no credentials; expected aws://KEY:SECRET@")
    return boto3.session.Session(key, secret, token, region)


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Whatever the library raises becomes an error of ours.

    Raises:
        AwsError: with Amazon's code.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        told = error.response.get("Error", {})
        raise AwsError(f"{what}: Amazon answers {told.get('Code', 'nothing')}: {told.get('Message', '')}", str(told.get("Code", ""))) from None
    except BotoCoreError as error:
        raise AwsError(f"{what}: {error}", type(error).__name__) from None

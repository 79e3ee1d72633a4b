"""What every request must satisfy before it reaches a route, and the headers of every answer.

Airflow mounts a plugin's app without any authentication of its own and checks no origin, so both
are in `GUARDS`, the dependencies of the one router that all routes hang on. The order is: who are
you, may you see Airflow, where does this request come from, is it one too many; then, in the route,
is the body small JSON.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_view
from fastapi import Depends, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..signing.passkey import Site
from ..spec.document import HIDDEN
from ..strict_json import strict_json
from . import rate
from .failures import ApiError
from .viewer import actor_of

LARGEST_BODY = 1_000_000  # bytes
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PORTS = {"http": 80, "https": 443}

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "frame-ancestors 'self'; base-uri 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Body(BaseModel):
    """Base of request bodies: closed and uncoerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def visible(text: str) -> str:
    """A text that reads as it is stored: nothing in it is invisible or changes the direction of reading.

    The characters are those that our YAML files refuse.
    """
    found = HIDDEN.search(text)
    if found:
        raise PydanticCustomError("hidden_character", "the character U+{code} is invisible or changes how the text reads",
                                  {"code": f"{ord(found.group()):04X}"})
    return text


Visible = Annotated[str, AfterValidator(visible)]
B = TypeVar("B", bound=Body)


def identified(request: Request, user: GetUserDep) -> None:
    """Know who asks, also for the record of a refusal; 401 or 403 without a valid log-in."""
    request.state.actor = actor_of(user)


def same_origin(request: Request) -> None:
    """Refuse an unsafe request that another site may have made with the user's cookie.

    Only a program that shows a token of its own and comes from no page needs no origin. Any other
    `Authorization` proves nothing: Airflow reads the cookie beside it, and browsers repeat the
    password of a proxy by themselves.
    """
    if request.method in SAFE:
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is None and origin is None and _shows_token(request):
        return
    from_elsewhere = site is not None and site != "same-origin"
    if from_elsewhere or (origin is None and site is None) or (origin is not None and not _ours(origin, request)):
        seen = rate.count(request.app.state.register, f"cross-site {request.state.actor.label}")
        request.state.unrecorded = seen.number > rate.CROSS_SITE
        raise ApiError(403, "cross_site", "this request did not come from the page itself",
                       "open the page in Airflow and press the button there")


def within_rate(request: Request) -> None:
    """Refuse an unsafe request of who has made too many in this minute; the first refusal is recorded."""
    if request.method in SAFE:
        return
    most = request.app.state.writes
    seen = rate.count(request.app.state.register, request.state.actor.label)
    if seen.number > most:
        request.state.unrecorded = seen.number > most + 1
        raise ApiError(429, "too_many", f"more than {most} requests in one minute", f"wait {seen.seconds_left} seconds",
                       headers={"Retry-After": str(seen.seconds_left)})


GUARDS = tuple(
    Depends(guard) for guard in (identified, requires_access_view(AccessView.WEBSITE), same_origin, within_rate)
)


def _shows_token(request: Request) -> bool:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and bool(token.strip())


def site_of(request: Request) -> Site | None:
    """The page of ours that the request comes from; None for a program."""
    origin = request.headers.get("origin")
    return Site(origin) if origin is not None and _ours(origin, request) else None


def _ours(origin: str, request: Request) -> bool:
    """Whether an origin is this server's.

    Where `[api] base_url` is set it is that one alone: whoever asks chooses the `Host` header. Without
    it `Host` is all we know; a proxy may have taken off the https of a page, never added it.
    """
    public, host = _public_origin(), request.headers.get("host", "")
    if public is not None:
        return origin == public
    return bool(host) and origin in {f"{scheme}://{host}" for scheme in ("https", request.url.scheme)}


def _public_origin() -> str | None:
    """The origin of `[api] base_url` as a browser writes it: in small letters, without the port that goes without saying."""
    from airflow.configuration import conf

    url = urlsplit(conf.get("api", "base_url", fallback="") or "")
    if url.scheme not in _PORTS or not url.netloc:
        return None
    place = url.netloc.rpartition("@")[2].lower().removesuffix(f":{_PORTS[url.scheme]}")
    return f"{url.scheme}://{place}"


def body_of(shape: type[B]) -> Callable[[Request], Awaitable[B]]:
    """A dependency that reads the request's JSON body as `shape`.

    FastAPI would read a declared body before any dependency ran, so an anonymous caller would be
    told about his JSON; this one runs in its turn.
    """

    async def read(request: Request) -> B:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise ApiError(415, "not_json", f"the body is {kind or 'of no type'}, not application/json",
                           "send JSON with Content-Type: application/json")
        return _parsed(shape, await _bytes(request))

    read.shape = shape  # type: ignore[attr-defined]  # for the schema of the API
    return read


async def _bytes(request: Request) -> bytes:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > LARGEST_BODY:
            raise ApiError(413, "too_large", f"the body is larger than {LARGEST_BODY:,} bytes", "send less")
    return bytes(data)


def _parsed(shape: type[B], data: bytes) -> B:
    try:
        strict_json(data)
        return shape.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ApiError(422, "bad_input", f"{where or 'body'}: {first['msg']}", "correct the body") from None
    except (ValueError, RecursionError):
        raise ApiError(422, "bad_input", "the body is not valid JSON", "correct the body") from None


class Headers:
    """Adds the security headers to every answer, errors and static files included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        static = scope.get("path", "").startswith(f"{scope.get('root_path', '')}/static/")

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-cache" if static else "no-store")
            await send(message)

        await self.app(scope, receive, sending)

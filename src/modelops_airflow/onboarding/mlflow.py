"""MLflow: the registered models of a tracking server, over its REST API 2.0. Aliases and stages say what is in use; nothing is downloaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from ..kinds import KINDS
from .found import Found, Progress

if TYPE_CHECKING:
    import httpx

IN_USE = ("champion", "production", "prod", "live")
"""Aliases that say that a version is in use, the first that a model has counts; after them the stage *Production*."""
PAGE, LANES, SECONDS = 200, 8, 30.0


def models_at(url: str, login: tuple[str, str] | None, token: str, progress: Progress) -> list[Found]:
    """Every registered model of a server.

    Args:
        login: user and password, if it asks for them; token: a bearer token instead.

    Raises:
        DataError: it cannot be reached, or answers something else than MLflow does.
    """
    import httpx

    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with httpx.Client(base_url=url, auth=login, headers=headers, timeout=SECONDS, follow_redirects=False) as client:
            return _models(client, progress)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise DataError(f"{_host(url)} cannot be asked: {(str(error) or type(error).__name__).splitlines()[0]}") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{_host(url)} answers in another form than MLflow's REST API 2.0: {error!r:.200}") from None


def _models(client: httpx.Client, progress: Progress) -> list[Found]:
    models = []
    for one in _registered(client):
        models.append(one)
        progress(0, len(models))
    with ThreadPoolExecutor(LANES) as lanes:
        found: list[Found] = []
        for seen in lanes.map(lambda model: _found(client, model), models):
            found += [seen] if seen is not None else []
            progress(len(found), len(models))
        return found


def _registered(client: httpx.Client) -> Iterator[Mapping[str, Any]]:
    """Every registered model, page after page."""
    token, seen = "", set[str]()
    while True:
        page = _asked(client, "registered-models/search", max_results=PAGE, **({"page_token": token} if token else {}))
        yield from page.get("registered_models", ())
        token = str(page.get("next_page_token") or "")
        if not token:
            return
        if token in seen:
            raise DataError(f"{client.base_url.host} answers the same page again; its list of models has no end")
        seen.add(token)


def _found(client: httpx.Client, model: Mapping[str, Any]) -> Found | None:
    """The version in use of a model, else its newest; None of a model without any."""
    name, latest = str(model["name"]), {str(one["version"]): one for one in model.get("latest_versions", ())}
    aliases = {str(one["alias"]).lower(): str(one["version"]) for one in model.get("aliases", ())}
    why, number = next(((f"alias {alias}", aliases[alias]) for alias in IN_USE if alias in aliases), ("", ""))
    if not number:
        staged = [one for one, about in latest.items() if about.get("current_stage") == "Production"]
        why, number = ("stage Production", max(staged, key=int)) if staged else ("", max(latest, key=int, default=""))
    if not number:
        return None
    version = latest.get(number) or _asked(client, "model-versions/get", name=name, version=number)["model_version"]
    created = datetime.fromtimestamp(int(version["creation_timestamp"]) / 1000, UTC).date()
    notes = [f"{why} says that it is in use" if why else "no alias and no stage says that it is in use", f"version {number} was made on {created}"]
    return Found(name, number, f"{_host(str(client.base_url))}: {version.get('source', '')}"[:500], in_use=bool(why),
                 kind="mlflow" if "mlflow" in KINDS else None, purpose=str(version.get("description") or model.get("description") or ""),
                 notes=(*notes, *(["the digest of its files is not known: hash them and write legacy.digest"] if why else [])))


def _asked(client: httpx.Client, what: str, **query: Any) -> Mapping[str, Any]:
    """One answer of the API.

    Raises:
        DataError: it refuses.
    """
    answer = client.get(f"/api/2.0/mlflow/{what}", params=query)
    if answer.status_code in (401, 403):
        raise DataError(f"{client.base_url.host} answers {answer.status_code}; name a connection with user and password (--connection), "
                        "or set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN")
    if answer.status_code != 200:
        raise DataError(f"{client.base_url.host} answers {answer.status_code} to {what}; expected MLflow's REST API 2.0")
    body = answer.json()
    if not isinstance(body, dict):
        raise DataError(f"{client.base_url.host} answers {what} with no object; expected MLflow's REST API 2.0")
    return body


def _host(url: str) -> str:
    """An address without what must not be told."""
    import httpx

    try:
        return str(httpx.URL(url).copy_with(username=None, password=None, query=None)).rstrip("/")
    except httpx.InvalidURL:
        return "the address"

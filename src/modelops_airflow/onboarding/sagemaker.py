"""SageMaker: endpoints, which are in use, and approved model packages that no endpoint serves. Archives are left where they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..connections import Connections
from ..targets.aws import AwsError, asking, session_of
from .found import Found, Progress

_KINDS = {"xgboost": "xgboost", "lightgbm": "lightgbm"}
"""Word in the name of an image -> kind of the models that it serves."""


def models_of(region: str, connection: str | None, connections: Connections, progress: Progress) -> list[Found]:
    """The models of a region, as its API tells them.

    Raises:
        TargetError: there are no credentials, or Amazon refuses.
    """
    client = session_of(region, connection, connections).client("sagemaker")
    found, served, done = [], set[str](), 0
    with asking(f"what SageMaker has in {region} cannot be listed"):
        for endpoint in _listed(client, "list_endpoints", "Endpoints"):
            one, sources = _endpoint(client, region, endpoint["EndpointName"])
            found.append(one)
            served |= sources
            done += 1
            progress(done, None)
        for group in _listed(client, "list_model_package_groups", "ModelPackageGroupSummaryList"):
            package = _newest(client, group["ModelPackageGroupName"])
            done += 1
            progress(done, None)
            if package is not None and not served & _sources(package.get("InferenceSpecification", {}).get("Containers", ()), package["ModelPackageArn"]):
                found.append(_package(region, group["ModelPackageGroupName"], package))
    return found


def _listed(client: Any, verb: str, key: str, **given: Any) -> Iterator[Mapping[str, Any]]:
    """Every item of a list, page after page."""
    for page in client.get_paginator(verb).paginate(**given):
        yield from page[key]


def _endpoint(client: Any, region: str, name: str) -> tuple[Found, set[str]]:
    """An endpoint, and what it serves."""
    seen, lost = client.describe_endpoint(EndpointName=name), list[str]()
    config = _part(lost, "configuration", client.describe_endpoint_config, EndpointConfigName=seen["EndpointConfigName"])
    variants = [*config.get("ProductionVariants", ()), *config.get("ShadowProductionVariants", ())]
    models = [_part(lost, "model", client.describe_model, ModelName=one["ModelName"]) for one in variants if one.get("ModelName")]
    containers = [one for model in models if model for one in (model.get("Containers") or [model.get("PrimaryContainer", {})])]
    status = seen["EndpointStatus"]
    notes = [f"it is {status}"] if status != "InService" else []
    notes += lost or ([f"it serves {len(containers)} containers in {len(variants)} variants"] if len(containers) != 1 else [])
    notes += ["the digest of its archive is not known: hash it and write legacy.digest"]
    where = "; ".join(str(one.get("ModelDataUrl") or one.get("ModelPackageName") or one.get("Image", "no archive")) for one in containers) or "its archive cannot be read"
    return Found(name, str(variants[0].get("ModelName", "")) if len(variants) == 1 else "", f"endpoint {name} in {region}: {where}"[:500],
                 in_use=status != "Failed", kind=None if lost else _kind(containers), since=seen["LastModifiedTime"].date().isoformat() if status == "InService" else None,
                 notes=tuple(notes)), _sources(containers)


def _part(lost: list[str], what: str, look: Callable[..., Any], **named: str) -> Mapping[str, Any]:
    """A part of an endpoint; nothing and a word among `lost` of one that was deleted: the endpoint answers still, and no other waits for it."""
    name = next(iter(named.values()))
    try:
        with asking(f"the {what} {name} cannot be read"):
            return dict(look(**named))
    except AwsError as error:
        if not error.missing:
            raise
        lost.append(f"its {what} {name} cannot be read, for it was deleted: find out which bytes it serves"[:300])
        return {}


def _newest(client: Any, group: str) -> Mapping[str, Any] | None:
    """The newest approved version of a group; None where nothing was approved."""
    listed = list(_listed(client, "list_model_packages", "ModelPackageSummaryList", ModelPackageGroupName=group, ModelApprovalStatus="Approved"))
    newest = max(listed, key=lambda one: one.get("ModelPackageVersion", 0), default=None)
    return None if newest is None else dict(client.describe_model_package(ModelPackageName=newest["ModelPackageArn"]))


def _package(region: str, group: str, package: Mapping[str, Any]) -> Found:
    containers = package.get("InferenceSpecification", {}).get("Containers", ())
    where = "; ".join(str(one.get("ModelDataUrl", "")) for one in containers)
    return Found(group, str(package.get("ModelPackageVersion", "")), f"model package {group} in {region}: {where}"[:500], in_use=False,
                 kind=_kind(containers), purpose=str(package.get("ModelPackageDescription", "")), notes=("no endpoint serves it",))


def _sources(containers: Any, *more: str) -> set[str]:
    """By what a container is known: its archive, or the package that it is made from."""
    return {str(one[key]) for one in containers for key in ("ModelDataUrl", "ModelPackageName") if one.get(key)} | set(more)


def _kind(containers: Any) -> str | None:
    """The kind that the one image names; None where there are several, or none that is known."""
    images = [str(one.get("Image", "")) for one in containers]
    return next((kind for word, kind in _KINDS.items() if word in images[0]), None) if len(images) == 1 else None

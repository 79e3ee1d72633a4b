"""What must hold inside governance.yaml beyond its types: names exist, nobody is on both sides."""

from __future__ import annotations

import posixpath
import unicodedata

from ..registry import did_you_mean
from .broken import Broken
from .calendar_rules import calendar_problems, no_zone
from .document import Path
from .notify_rules import notify_problems
from .types import Environment, Files, Governance, Sources


def governance_problems(governance: Governance) -> list[Broken]:
    """Every broken rule of a governance file."""
    return [*_unknown_people(governance), *_both_sides(governance), *_shared_logins(governance), *_paths(governance),
            *_reserved(governance), *_zone(governance), *_places(governance), *_emergency(governance), *_overlays(governance),
            *calendar_problems(governance), *notify_problems(governance)]


def sides(governance: Governance) -> dict[str, set[str]]:
    """The sides each person's roles are on."""
    found: dict[str, set[str]] = {}
    for role in governance.roles.values():
        for person in role.held_by:
            found.setdefault(person, set()).add(role.side)
    return found


def _unknown_people(governance: Governance) -> list[Broken]:
    return [
        Broken(("roles", name, "held_by", index), f"role {name} is held by {person!r}, who is not among people",
               next_step=f"add {person} under people, or correct the name")
        for name, role in governance.roles.items()
        for index, person in enumerate(role.held_by)
        if person not in governance.people
    ]


def _both_sides(governance: Governance) -> list[Broken]:
    found = []
    both = {person for person, held in sides(governance).items() if len(held) > 1}
    for name, role in governance.roles.items():
        for index, person in enumerate(role.held_by):
            if person in both and role.side == "control":
                found.append(Broken(("roles", name, "held_by", index), f"{person} holds roles on both sides",
                                    "a person makes models or controls them, never both",
                                    f"take {person} out of {name} or out of the making roles"))
    return found


def folded(identity: str) -> str:
    """An identity without the differences that eyes miss: case, width, combining forms, invisible characters, blanks."""
    seen = "".join(char for char in unicodedata.normalize("NFKC", identity) if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFKC", seen.casefold()).strip()


def _shared_logins(governance: Governance) -> list[Broken]:
    found, seen = [], dict[tuple[str, str], str]()
    for person, facts in governance.people.items():
        for manager, login in facts.login.items():
            other = seen.setdefault((manager, folded(login)), person)
            if other != person:
                found.append(Broken(("people", person, "login", manager), f"{person} and {other} share the login {login!r}",
                                    "one login, one person"))
    return found


def _paths(governance: Governance) -> list[Broken]:
    return [
        Broken(("artifact_roots", index), f"artifact root {root!r} leaves the project", "a folder below the project root")
        for index, root in enumerate(governance.artifact_roots)
        if leaves_project(root)
    ]


def leaves_project(path: str) -> bool:
    """Whether a path, as text, leaves the project."""
    return path.startswith(("/", "~")) or ".." in path.split("/") or "\\" in path or "\x00" in path or "://" in path


def _reserved(governance: Governance) -> list[Broken]:
    return [
        Broken(("roles", name), f"{name!r} is a reserved word for gates", next_step="give the role another name")
        for name in governance.roles
        if name in ("control", "owner")
    ]


def _zone(governance: Governance) -> list[Broken]:
    return no_zone(("timezone",), governance.timezone)


def _emergency(governance: Governance) -> list[Broken]:
    named = governance.break_glass.roles if governance.break_glass is not None else ()
    return [
        Broken(("break_glass", "roles", index), f"{name!r} is no role of the control side",
               ", ".join(role for role, one in governance.roles.items() if one.side == "control"))
        for index, name in enumerate(named)
        if name not in governance.roles or governance.roles[name].side != "control"
    ]


def _places(governance: Governance) -> list[Broken]:
    found, seen = [], dict[str, str]()
    for name, environment in governance.environments.items():
        path = environment.with_.get("path")
        if not isinstance(path, str):
            continue
        if leaves_project(path):
            found.append(Broken(("environments", name, "with", "path"), f"environment {name} deploys to {path!r}, outside the project",
                                "a folder below the project root"))
            continue
        place = posixpath.normpath(path)
        other = seen.setdefault(place, name)
        if other != name:
            found.append(Broken(("environments", name, "with", "path"), f"{name} and {other} deploy to the same place {path!r}",
                                "a place of its own for each environment"))
    return found


def _overlays(governance: Governance) -> list[Broken]:
    found = []
    for name, one in governance.environments.items():
        root = ("environments", name)
        if one.run_profile is not None and one.run_profile not in governance.run_profiles:
            found.append(Broken((*root, "run_profile"), f"there is no run profile {one.run_profile!r}{did_you_mean(one.run_profile, list(governance.run_profiles))}",
                                "one of run_profiles"))
        found += [*_after(governance, name, one), *_canary(governance, name, one)]
        found += [problem for model, sources in (one.data or {}).items() for problem in _sources((*root, "data", model), sources)]
    return found


def _after(governance: Governance, name: str, one: Environment) -> list[Broken]:
    found = []
    for earlier in one.after or {}:
        path, known = ("environments", name, "after", earlier), governance.environments
        if earlier not in known:
            found.append(Broken(path, f"there is no environment {earlier!r}{did_you_mean(earlier, list(known))}"))
        elif earlier == name:
            found.append(Broken(path, f"{name} cannot come after itself"))
        elif not known[earlier].trust:
            found.append(Broken(path, f"environment {earlier} names no key, so no pack of it could count",
                                next_step=f"name the key of its installation in environments.{earlier}.trust"))
    return found


def _canary(governance: Governance, name: str, one: Environment) -> list[Broken]:
    path, known = ("environments", name, "canary"), governance.environments
    if one.canary is None:
        return []
    if one.canary not in known:
        return [Broken(path, f"there is no environment {one.canary!r}{did_you_mean(one.canary, list(known))}")]
    if one.canary == name or known[one.canary].canary is not None:
        return [Broken(path, f"{one.canary} cannot be a canary: " + ("it is the environment itself" if one.canary == name else "it has one of its own"),
                       "an environment beside it")]
    first = next(other for other, there in known.items() if there.canary == one.canary)
    return [Broken(path, f"{one.canary} is the canary of {first} already", "a canary of its own for each environment")] if first != name else []


def _sources(root: Path, sources: Sources) -> list[Broken]:
    named = {"current": sources.current, "baseline": sources.baseline, "labels": sources.labels}
    texts = {(*root, side): one for side, one in named.items() if isinstance(one, str)}
    texts |= {(*root, side, "files"): one.files for side, one in named.items() if isinstance(one, Files)}
    found = [Broken(path, f"path {text!r} leaves the project or its store", "a path below it") for path, text in texts.items() if leaves_project(text)]
    return found if any(named.values()) else [Broken(root, "no data is named", "current, baseline or labels")]

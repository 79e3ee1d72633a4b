"""From plain values to a typed object, with pydantic's complaints told as located problems."""

from __future__ import annotations

import difflib
import json
import types
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from ..duration_text import PATTERN
from .document import MAX_PROBLEMS, Document, Path, load
from .problem import Problem, SpecError
from .types import Strict

T = TypeVar("T", bound=Strict)

_TYPES = {
    "string_type": "text", "int_type": "a whole number", "float_type": "a number", "bool_type": "true or false",
    "tuple_type": "a list", "list_type": "a list", "dict_type": "a mapping", "mapping_type": "a mapping",
    "model_type": "a mapping", "model_attributes_type": "a mapping", "int_from_float": "a whole number",
    "tuple_too_long": "a shorter list",
}


def validated(text: str, file: str, kind: type[T]) -> tuple[Document, T]:
    """A file's document and typed object.

    Raises:
        SpecError: every mistake, located.
    """
    document = load(text, file)
    spec, problems = validate(document, kind)
    if spec is None:
        raise SpecError(problems)
    return document, spec


def validate(document: Document, kind: type[T]) -> tuple[T | None, list[Problem]]:
    """The typed object, or every problem."""
    if not isinstance(document.value, dict):
        return None, [_problem(document, (), "SPEC011", "the file's top level is not a mapping", "a mapping",
                               _shown(document.value))]
    try:
        return kind.model_validate_json(json.dumps(document.value)), []
    except ValidationError as error:
        found: dict[tuple[Path, str], Problem] = {}
        for detail in error.errors(include_url=False)[:MAX_PROBLEMS]:
            path, problem = _explained(document, kind, detail)
            found.setdefault((path, problem.code), problem)
        more = error.error_count() - MAX_PROBLEMS
        rest = [_problem(document, (), "SPEC003", f"{more} more mistakes are not shown")] if more > 0 else []
        return None, [*found.values(), *rest]


def _explained(document: Document, kind: type[Strict], detail: Any) -> tuple[Path, Problem]:
    path = _written_path(document.value, detail["loc"])
    cause, context = detail["type"], detail.get("ctx", {})
    name = ".".join(str(part) for part in path) or "the file"
    if cause == "extra_forbidden":
        return path, _unknown_key(document, kind, path)
    if cause == "missing":
        key = detail["loc"][-1]
        return (*path, key), _problem(document, path, "SPEC010", f"{name} lacks the key {key!r}", next_step=f"add {key}:")
    value = _at(document.value, path)
    if cause in _TYPES:
        return path, _problem(document, path, "SPEC011", f"{name} has the wrong type", _TYPES[cause], _shown(value))
    return path, _problem(document, path, "SPEC012", f"{name} is not permitted", _expected(cause, context, detail),
                          _shown(value), _near_literal(context, value))


def _expected(cause: str, context: Mapping[str, Any], detail: Any) -> str:
    if cause == "literal_error":
        return str(context["expected"])
    if cause == "string_pattern_mismatch":
        return _PATTERNS.get(context["pattern"], f"text like {context['pattern']}")
    if cause in ("string_too_long", "string_too_short"):
        return f"{'at most' if 'max_length' in context else 'at least'} " + str(
            context.get("max_length", context.get("min_length"))
        ) + " characters"
    return str(detail["msg"]).removeprefix("Input should be ").removeprefix("Value error, ")


_PATTERNS = {
    r"^[a-z0-9][a-z0-9-]*$": "lower-case letters, digits and hyphens",
    PATTERN: "an ISO 8601 duration such as P5D, of at most 99 years",
    r"^\s*(<=|>=|<|>|==|!=)\s*\S+\s*$": 'a comparison in quotes such as "< 0.80"',
    r"^[0-9A-Za-z][0-9A-Za-z.+_-]*$": 'a version such as "3.2.0"',
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "a day such as 2025-03-31",
    r"^sha256:[0-9a-f]{64}$": "sha256: and 64 hexadecimal digits",
}


def _near_literal(context: Mapping[str, Any], value: object) -> str:
    permitted = [word.strip("' ") for word in str(context.get("expected", "")).replace(" or ", ",").split(",")]
    near = difflib.get_close_matches(str(value), [word for word in permitted if word], n=1)
    return f"did you mean {near[0]!r}?" if near else ""


def _unknown_key(document: Document, kind: type[Strict], path: Path) -> Problem:
    key = str(path[-1])
    known = _known_keys(kind, path[:-1])
    near = difflib.get_close_matches(key, known, n=1)
    where = ".".join(str(part) for part in path[:-1]) or "the file"
    line, column = document.key_mark(path)
    next_step = f"did you mean {near[0]!r}?" if near else "delete it"
    expected = "" if near else ("one of " + ", ".join(known) if known else "")
    return Problem(document.file, line, column, "SPEC009", f"{where} has no key {_shown(key)}", expected,
                   next_step=next_step)


def _known_keys(kind: Any, path: Path) -> list[str]:
    """Keys that the type has at a path."""
    kinds = _models(kind)
    for part in path:
        following: list[Any] = []
        for one in kinds:
            if isinstance(one, type) and issubclass(one, BaseModel):
                for name, info in one.model_fields.items():
                    if part in (name, info.alias):
                        following += _models(info.annotation)
            else:
                following += _models(get_args(one)[-1] if get_origin(one) is not tuple else get_args(one)[0])
        kinds = following
    names: set[str] = set()
    for one in kinds:
        if isinstance(one, type) and issubclass(one, BaseModel):
            names |= {info.alias or name for name, info in one.model_fields.items()}
    return sorted(names)


def _models(annotation: Any) -> list[Any]:
    """The containers and models an annotation may stand for."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _models(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [one for part in get_args(annotation) for one in _models(part)]
    if origin is not None or (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return [annotation]
    return []


def _written_path(value: Any, location: tuple[Any, ...]) -> Path:
    """The part of pydantic's location that stands in the file; names of union branches drop out."""
    path: list[str | int] = []
    for part in location:
        if (isinstance(value, dict) and part in value) or (isinstance(value, list) and isinstance(part, int) and part < len(value)):
            value = value[part]
        else:
            continue
        path.append(part)
    return tuple(path)


def _at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= 60 else text[:57] + "..."


def _problem(document: Document, path: Path, code: str, message: str, expected: str = "", found: str = "",
             next_step: str = "") -> Problem:
    line, column = document.mark(path)
    return Problem(document.file, line, column, code, message, expected, found, next_step)

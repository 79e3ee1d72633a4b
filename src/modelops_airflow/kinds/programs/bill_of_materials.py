"""What a program is made of, by a bill of materials in CycloneDX JSON that its artifact holds; of bills of other forms the digest alone.

Source: CycloneDX 1.5, JSON (ECMA-424): `bomFormat`, `specVersion`, and `components`, each with `type` and `name`, mostly `version`, and
components of its own. Nothing that a bill names is opened or asked for.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from ...digest import digest_bytes
from ...errors import ArtifactError
from ...strict_json import strict_json

ENDINGS = (".spdx.json", ".cdx.json", "bom.json", "bom.xml", ".spdx")
MOST_BYTES = 4 << 20
SHOWN = 40
"""Components that are named in the evidence; of more the number is."""
_LONGEST = 100


def is_bill(name: str) -> bool:
    """Whether a file is a bill of materials by its name."""
    return name.lower().endswith(ENDINGS)


def bill_facts(file: str, data: bytes) -> Iterator[tuple[str, str]]:
    """The digest of a bill, the number of its components, and the first of them with their versions.

    Raises:
        ArtifactError: it is no such bill; the message says where.
    """
    name = _plain(file)
    if not file.lower().endswith(".json") or file.lower().endswith(".spdx.json"):
        yield f"bill of materials {name}", f"{digest_bytes(data)}, not read: only CycloneDX JSON is"
        return
    bill = _object(name, _parsed(name, data), "the whole")
    if bill.get("bomFormat") != "CycloneDX" or not isinstance(bill.get("specVersion"), str):
        raise ArtifactError(f'{name} is no bill of materials in CycloneDX: expected "bomFormat": "CycloneDX" and a specVersion that is a text')
    found = list(_components(name, bill))
    yield f"bill of materials {name}", f"{digest_bytes(data)}, CycloneDX {_plain(bill['specVersion'])}, {len(found)} component{'s' * (len(found) != 1)}"
    for number, one in enumerate(found[:SHOWN], start=1):
        yield f"component {number} of {name}", one
    if len(found) > SHOWN:
        yield f"further components of {name}", f"{len(found) - SHOWN}, which the bill has"


def _parsed(name: str, data: bytes) -> Any:
    if len(data) > MOST_BYTES:
        raise ArtifactError(f"{name} has {len(data)} bytes; a bill of materials is read up to {MOST_BYTES >> 20} MiB")
    try:
        return strict_json(data)
    except json.JSONDecodeError as error:
        raise ArtifactError(f"{name} line {error.lineno}, column {error.colno}: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"{name} is no JSON that everyone reads the same: {str(error)[:100]}") from None


def _components(name: str, bill: Mapping[str, Any]) -> Iterator[str]:
    """Each component as name and version; those within another one come after all of its level."""
    waiting = deque([("", bill)])
    while waiting:
        place, one = waiting.popleft()
        inner = one.get("components", [])
        if not isinstance(inner, list):
            raise ArtifactError(f"{name}: {place}components: expected a list, found {_found(inner)}")
        for number, value in enumerate(inner):
            at = f"{place}components[{number}]"
            each = _object(name, value, at)
            yield f"{_text(name, each, at, 'name')} {_text(name, each, at, 'version')}".rstrip()
            waiting.append((f"{at}.", each))


def _object(name: str, value: Any, at: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ArtifactError(f"{name}: {at}: expected an object, found {_found(value)}")
    return value


def _text(name: str, one: Mapping[str, Any], at: str, key: str) -> str:
    """The name of a component, or its version, which it may lack."""
    value = one.get(key, "" if key == "version" else None)
    if not isinstance(value, str) or not (value or key == "version"):
        raise ArtifactError(f"{name}: {at}.{key}: expected a text, found {_found(value)}")
    return _plain(value)


def _found(value: Any) -> str:
    """A value that is another than expected, by its form in JSON: it may be nested too deep to be written out."""
    if value is None or value == "":
        return "nothing"
    return next((word for form, word in ((bool, "a truth value"), (str, "a text"), (list, "a list"), (dict, "an object")) if isinstance(value, form)), "a number")


def _plain(text: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in text[:_LONGEST])

"""Which file of an artifact is the program, what starts it, and what is wrong with it; nothing of it runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from ...errors import ArtifactError
from ..bundle import members_of
from ..formats import format_of
from .bill_of_materials import bill_facts, is_bill
from .elf import read_elf
from .interpreters import INTERPRETERS, of_first_line

BUILD = "build.json"
MANIFEST = "META-INF/MANIFEST.MF"
_LOADERS = ("/lib/", "/lib64/", "/usr/lib/")
_BILLS_OF_JARS = "META-INF/sbom/"
_SHOWN, _LONGEST = 5, 80


@dataclass(frozen=True)
class ProgramFile:
    """The file to start.

    Attributes:
        name: within the folder.
        interpreter: that runs it; empty for machine code.
        loader: that the kernel loads machine code with; empty if it needs none.
    """

    name: str
    interpreter: str = ""
    loader: str = ""


def files_of(data: bytes) -> dict[str, bytes]:
    """The artifact's files; one alone is called `program`, and `program.jar` if it is an archive of Java."""
    if format_of(data) != "zip archive":
        return {"program": data}
    members = members_of(data)
    return {"program.jar": data} if MANIFEST in members else members


def program_of(files: Mapping[str, bytes], named: str | None, interpreter: str | None) -> ProgramFile:
    """The file to start, and by what.

    Raises:
        ArtifactError: it is not said which, it is not there, or nothing here can start it.
    """
    if named is None and len(files) > 1:
        raise ArtifactError(f"the artifact has {len(files)} files; name the one to start with the option program")
    name = next(iter(files)) if named is None else named
    if name not in files:
        raise ArtifactError(f"the artifact has no file {name!r} to start; it has {', '.join(repr(one[:60]) for one in sorted(files)[:_SHOWN])}")
    if interpreter is not None:
        return ProgramFile(name, interpreter)
    format_ = format_of(files[name])
    if format_ == "program":
        return _machine_code(name, files[name])
    if format_ == "script":
        return ProgramFile(name, _asked_for(files[name]))
    if format_ == "zip archive":
        return ProgramFile(name, "java")
    raise ArtifactError(f"the file {name!r} is {format_} by its content; expected a program, a script with a first line #!, or a jar; "
                        f"or say what runs it with the option interpreter: one of {', '.join(INTERPRETERS)}")


def _machine_code(name: str, data: bytes) -> ProgramFile:
    elf = read_elf(data)
    elf.demand_machine(f"the program {name!r}")
    if elf.loader and not (elf.loader.startswith(_LOADERS) and ".." not in elf.loader):
        raise ArtifactError(f"the program {name!r} wants to be loaded by {elf.loader[:80]!r}, which is none of the system's")
    return ProgramFile(name, loader=elf.loader)


def _asked_for(data: bytes) -> str:
    line = data[:200].split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    name = of_first_line(line)
    if name not in INTERPRETERS:
        raise ArtifactError(f"the script begins with {line[:80]!r}; expected one of {', '.join(INTERPRETERS)}")
    return name


def described(data: bytes) -> dict[str, str]:
    """Facts of each program of the artifact, and of its `build.json` and bills of materials where it has them; a broken bill is told in its place."""
    files = files_of(data)
    told = {name: read_elf(content).facts() for name, content in _machine_codes(files)}
    for name, content in files.items():
        if _is_jar(name, content):
            told[name] = _manifest(content)
    for name, content in _bills(files):
        try:
            told |= dict(bill_facts(name, content))
        except ArtifactError as error:
            told[f"bill of materials {name[:_LONGEST]}"] = f"broken: {error}"
    return told | {f"build {key}": value for key, value in build_facts(files).items()}


def broken_bills(files: Mapping[str, bytes]) -> Iterator[str]:
    """What is wrong with each bill of materials that cannot be read, and where."""
    for name, content in _bills(files):
        try:
            dict(bill_facts(name, content))
        except ArtifactError as error:
            yield str(error)


def _bills(files: Mapping[str, bytes]) -> list[tuple[str, bytes]]:
    """The bills of materials: the one that `build.json` names, other files of the artifact, and of each jar those that are where CycloneDX puts them."""
    named = _named_bill(files)
    found = [(name, data) for name, data in files.items() if name == named or is_bill(name)]
    for name, data in files.items():
        with suppress(ArtifactError):  # a jar that this package cannot unpack may still be one that Java runs
            found += [(f"{name}!{inner}", content) for inner, content in (members_of(data) if _is_jar(name, data) else {}).items()
                      if inner.startswith(_BILLS_OF_JARS) and is_bill(inner)]
    return sorted(found, key=lambda one: (one[0] != named, one[0]))[:_SHOWN]


def _named_bill(files: Mapping[str, bytes]) -> str | None:
    with suppress(ArtifactError):
        return build_facts(files).get("sbom")
    return None


def _is_jar(name: str, data: bytes) -> bool:
    return name.endswith(".jar") and format_of(data) == "zip archive"


def build_facts(files: Mapping[str, bytes]) -> dict[str, str]:
    """What `build.json` says.

    Raises:
        ArtifactError: it is no object of texts.
    """
    if BUILD not in files:
        return {}
    try:
        told = json.loads(files[BUILD])
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or not all(isinstance(one, str) for one in told.values()):
        raise ArtifactError(f"{BUILD} is no object of texts; expected for example {{\"compiler\": \"g++ 12.2\", \"flags\": \"-O2\", \"sbom\": \"bom.json\"}}")
    if (bill := told.get("sbom")) is not None and bill not in files:
        raise ArtifactError(f"{BUILD} names the bill of materials {bill[:80]!r}, which the artifact does not hold")
    return {key[:40]: "".join(letter if letter.isprintable() else "?" for letter in value) for key, value in sorted(told.items())[:10]}


def _machine_codes(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    found = [(name, data) for name, data in sorted(files.items()) if data.startswith(b"\x7fELF")]
    yield from found[:_SHOWN]


def _manifest(jar: bytes) -> str:
    """The lines of a jar's manifest that say how it was made."""
    lines = members_of(jar).get(MANIFEST, b"").decode("utf-8", "replace").splitlines()
    told = [line for line in lines if line.split(":")[0] in ("Main-Class", "Created-By", "Build-Jdk-Spec", "Implementation-Version")]
    return "; ".join("".join(one if one.isprintable() else "?" for one in line)[:80] for line in told) or "a jar without a main class"

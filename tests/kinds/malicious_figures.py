"""The figures of the malicious files: how many, how many executed, how many accepted, the slowest, the largest."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from artifacts import GOOD
from malicious import Malicious, canary, malicious

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Scanned:
    """What scanning one file came to; `raised` names an exception that is not ours."""

    one: Malicious
    accepted: bool
    executed: bool
    raised: str
    seconds: float
    memory: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Figures:
    """For the report on reliability.

    Attributes:
        firing: files that were loaded the usual way and wrote their canary.
        biting: files that are said to do that.
        slowest: seconds of the slowest scan.
        memory: bytes at the most, libraries included.
    """

    files: int
    firing: int
    biting: int
    executed: int
    accepted: int
    raised: int
    slowest: float
    memory: int


def scanned(folder: Path) -> list[Scanned]:
    """Scan every malicious file in a process of its own."""
    canaries, files = folder / "canaries", folder / "files"
    canaries.mkdir(parents=True)
    files.mkdir()
    found = malicious(canaries)
    listed = [(one.kind, one.file, str(_write(files / str(index), one.data))) for index, one in enumerate(found)]
    first = [(kind, path.name, str(path)) for kind, path in GOOD.items()]
    lists = folder / "list.json"
    lists.write_text(json.dumps({"first": first, "files": listed}), encoding="utf-8")
    ended = subprocess.run([sys.executable, str(HERE / "scanning.py"), str(lists)], cwd=files, capture_output=True, text=True, timeout=600, check=False)
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    if len(lines) != len(found) or "Traceback" in ended.stderr:
        raise AssertionError(f"scanning ended at {found[min(len(lines), len(found) - 1)].name!r}: {ended.stderr[-2000:]}")
    return [Scanned(one, told["accepted"], wrote(canaries, one), told["raised"], told["seconds"], told["memory"], tuple(told["notes"]))
            for one, told in zip(found, lines, strict=True)]


def fired(folder: Path, found: Sequence[Malicious]) -> list[Malicious]:
    """Those of the files whose canary is written when they are loaded the usual way."""
    folder.mkdir(parents=True, exist_ok=True)
    told = [f"{one.how}={_write(folder / str(index), one.data)}" for index, one in enumerate(found)]
    subprocess.run([sys.executable, "-W", "ignore", str(HERE / "firing.py"), *told], cwd=folder, capture_output=True,
                   stdin=subprocess.DEVNULL, timeout=600, check=True)
    return [one for one in found if wrote(folder.parent / "canaries", one)]


def wrote(canaries: Path, one: Malicious) -> bool:
    """Whether the canary of a file is there."""
    path = canary(canaries, one.name)
    return path.exists() or path.is_symlink() or any(canaries.glob(f"{path.name}.*"))


def figures(folder: Path) -> Figures:
    """Scan all of them and count; then load those that bite the usual way, the control."""
    told = scanned(folder)
    biting = [one.one for one in told if one.one.fires]
    return Figures(
        len(told), len(fired(folder / "loaded", biting)), len(biting), sum(one.executed for one in told), sum(one.accepted for one in told),
        sum(bool(one.raised) for one in told), max(one.seconds for one in told), max(one.memory for one in told),
    )


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path

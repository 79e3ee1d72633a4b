"""Mutations of a model file, and what becomes of the bytes where nobody looked first.

`bitten` loads and scores each in a process of its own, forked, in bounded time and memory.
"""

from __future__ import annotations

import copy
import json
import os
import random
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

NASTY = (-1, -2, 0, 1, 2, 7, 100, 2**31 - 1, -(2**31), 2**63 - 1, 1e38, "x", "-1", "0", "1", "99999999", None, True, [], {}, 0.5)


def changed_bytes(data: bytes, random: random.Random) -> bytes:
    """A byte changed, a few left out, or a few put in."""
    mutated, how = bytearray(data), random.random()
    at = random.randrange(len(mutated))
    if how < 0.6:
        mutated[at] = random.randrange(256)
    elif how < 0.8:
        del mutated[at : at + random.randrange(1, 9)]
    else:
        mutated[at:at] = data[random.randrange(len(data)) :][: random.randrange(1, 20)]
    return bytes(mutated)


def changed_json(data: bytes, random: random.Random) -> bytes:
    """A value in place of another, one left out, lists that grow or are shuffled."""
    whole = json.loads(data)
    for _ in range(random.choice([1, 1, 2])):
        holder, key = random.choice(list(_places(whole)))
        how, old = random.random(), holder[key]
        if how < 0.6:
            holder[key] = random.choice(NASTY)
        elif how < 0.7:
            del holder[key]
        elif isinstance(old, list) and old:
            holder[key] = old * random.choice([2, 50]) if how < 0.85 else random.sample(old, len(old))
        else:
            holder[key] = copy.deepcopy(random.choice(list(_places(whole)))[1])
    return json.dumps(whole, separators=(",", ":")).encode()


def changed_text(data: bytes, random: random.Random) -> bytes:
    """A number in place of another, or a line left out or there twice."""
    lines = data.decode().split("\n")
    at = random.randrange(len(lines))
    how = random.random()
    if how < 0.7:
        numbered = [place for place, line in enumerate(lines) if "=" in line and line.split("=", 1)[1]]
        at = random.choice(numbered)
        name, rest = lines[at].split("=", 1)
        words = rest.split(" ")
        words[random.randrange(len(words))] = str(random.choice([one for one in NASTY if isinstance(one, int | float | str)]))
        lines[at] = f"{name}={' '.join(words)}"
    elif how < 0.85:
        del lines[at]
    else:
        lines.insert(at, lines[at])
    return "\n".join(lines).encode()


def _places(part: Any) -> Iterator[tuple[Any, Any]]:
    for key, value in part.items() if isinstance(part, dict) else enumerate(part):
        yield part, key
        if isinstance(value, dict | list):
            yield from _places(value)


def bitten(kind: str, files: Sequence[bytes], folder: Path, most: int = 1000) -> list[int]:
    """Signals that ended the processes of those files whose process was ended by one, until so many were.

    A process that has threads cannot be forked, so all this is done in a fresh one.
    """
    for number, data in enumerate(files):
        (folder / str(number)).write_bytes(data)
    ended = subprocess.run([sys.executable, __file__, kind, str(folder), str(len(files)), str(most)], capture_output=True, check=True, timeout=240, text=True)
    return json.loads(ended.stdout)


def _xgboost() -> Callable[[bytes], object]:
    import numpy as np
    import xgboost

    def use(data: bytes) -> None:
        booster = xgboost.Booster({"nthread": 1})
        booster.load_model(bytearray(data))
        rows = np.array([[0], [np.nan], [1e30]], dtype=np.float32).repeat(booster.num_features(), axis=1)
        booster.inplace_predict(rows, validate_features=False)

    return use


def _lightgbm() -> Callable[[bytes], object]:
    import lightgbm
    import numpy as np

    def use(data: bytes) -> None:
        booster = lightgbm.Booster(model_str=data.decode())
        booster.predict(np.array([[0], [np.nan], [1e30]]).repeat(booster.num_feature(), axis=1), num_threads=1)

    return use


def _one(data: bytes, use: Callable[[bytes], object]) -> None:
    """Load and score, and never come back."""
    try:
        for which, limit in ((resource.RLIMIT_CPU, 2), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, 4 << 30)):
            resource.setrlimit(which, (limit, limit))
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        use(data)
    finally:
        os._exit(0)


def main() -> None:
    """One process a file, forked before the library has any thread."""
    kind, folder, number, most = sys.argv[1:]
    use, signals = {"xgboost": _xgboost, "lightgbm": _lightgbm}[kind](), []
    for one in range(int(number)):
        data = (Path(folder) / str(one)).read_bytes()
        child = os.fork()
        if child == 0:
            _one(data, use)
        status = os.waitpid(child, 0)[1]
        if os.WIFSIGNALED(status):
            signals.append(os.WTERMSIG(status))
        if len(signals) == int(most):
            break
    print(json.dumps(signals))


if __name__ == "__main__":
    main()

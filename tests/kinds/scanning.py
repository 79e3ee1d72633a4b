"""Scans files in a process of its own, in 512 MB: `python scanning.py LIST`, answers one line of JSON a file.

The process is limited, so a file that needs more memory ends in an error that is told, and one that kills
the process leaves its line out.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from most_memory import most_memory

MEMORY = 512 << 20


def main() -> None:
    """Scan each and try to get at it."""
    from modelops_airflow.digest import digest_bytes
    from modelops_airflow.errors import ArtifactError
    from modelops_airflow.kinds import KINDS, scan, verify

    listed = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for kind, file, path in listed["first"]:  # imports are the libraries' time, not the file's
        scan(kind, Path(path).read_bytes(), file=file)
    for kind, file, path in listed["files"]:
        data = Path(path).read_bytes()
        started = time.perf_counter()
        told = {"accepted": False, "raised": "", "notes": []}
        try:
            report = scan(kind, data, file=file)
            told["notes"] = list(report.notes)
            verified = verify(kind, data, digest_bytes(data), report)
            told["accepted"] = True
            KINDS[kind].load(verified)
        except ArtifactError as error:
            told["notes"].append(str(error))
        except BaseException as error:
            told["raised"] = f"{type(error).__name__}: {str(error)[:200]}"
        told["seconds"] = time.perf_counter() - started
        told["memory"] = most_memory()
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()

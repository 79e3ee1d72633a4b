"""Three checks of a thousand rows import nothing that costs more than they do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "small.py"


def test_drift_bias_and_performance_import_none_of_the_heavy_libraries():
    done = subprocess.run([sys.executable, SCRIPT, "--runs", "1"], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told["measured"] == dict.fromkeys(["drift", "bias", "performance"], "measured")
    assert told["heavy"] == []

"""Runs `airflow users ...` commands in one process, one JSON list of arguments a line; needs Airflow's FAB provider."""

from __future__ import annotations

import json
import sys

from airflow.cli import cli_parser

if __name__ == "__main__":
    parser = cli_parser.get_parser()
    for line in sys.stdin:
        arguments = parser.parse_args(["users", *json.loads(line)])
        arguments.func(arguments)

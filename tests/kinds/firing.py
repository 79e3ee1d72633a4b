"""Loads files the usual way, each in a process of its own. For canaries alone: `python firing.py HOW=FILE ...`."""

from __future__ import annotations

import contextlib
import os
import signal
import sys


def load(how: str, path: str) -> None:
    """As somebody would who does not look."""
    if how == "numpy":
        import numpy as np

        np.load(path, allow_pickle=True)
    elif how == "joblib":
        import joblib

        joblib.load(path)
    else:
        import pickle

        with open(path, "rb") as file:
            while True:  # also what stands behind the first
                pickle.load(file)


def main() -> None:
    """Each in a child, which may do what it likes for four seconds."""
    import joblib  # noqa: F401 - once for all children
    import numpy  # noqa: F401
    import pandas  # noqa: F401
    import sklearn.datasets
    import sklearn.linear_model  # noqa: F401

    for one in sys.argv[1:]:
        child = os.fork()
        if child == 0:
            os.setsid()
            signal.alarm(4)
            with contextlib.suppress(BaseException):
                load(*one.split("=", 1))
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()

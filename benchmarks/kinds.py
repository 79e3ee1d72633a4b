"""Rows scored through a kind beside the same library called directly, on one thread, in turns.

    python benchmarks/kinds.py [--rows 1000000] [--runs 5] [--kinds skops,onnx,xgboost,lightgbm]

Directly means: the rows are already in memory in the form that the library likes best, and it is asked for the same
answers. Ours begins with an Arrow table and ends with one. Prints CPU seconds, medians, and how many of the library's
rows a second ours scores; ends with 1 where an answer differs or ours is slower than 80 %.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import numpy as np
import pandas as pd
import pyarrow as pa

LEAST = 0.8
FEATURES = [f"x{place}" for place in range(10)]
Call = Callable[[], np.ndarray]


def main() -> int:
    """Measure each kind, and say whether ours is quick enough."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--kinds", default=",".join(MAKERS))
    chosen = options.parse_args()
    train, target, rows = sides(chosen.rows)
    good = True
    print(f"{chosen.rows:,} rows of {len(FEATURES)} numbers, medians of {chosen.runs} runs in turns, CPU seconds")
    for kind in chosen.kinds.split(","):
        data, file, direct = MAKERS[kind](train, target, rows)
        ours = through(kind, data, file, rows)
        same = bool((ours() == direct()).all())
        took = turns(ours, direct, chosen.runs)
        share = took[1] / took[0]
        print(f"{kind:9} ours {took[0]:6.3f} s   directly {took[1]:6.3f} s   {share:6.1%} of the library's speed   answers {'equal' if same else 'DIFFER'}", flush=True)
        good &= same and share >= LEAST
    return 0 if good else 1


def sides(rows: int) -> tuple[pd.DataFrame, np.ndarray, pa.Table]:
    """Seeded rows to train on, their target, and the rows to score."""
    random = np.random.default_rng(0)
    train = pd.DataFrame(random.normal(size=(20_000, len(FEATURES))), columns=FEATURES)
    target = (train["x0"] + train["x1"] * train["x2"] + random.normal(size=len(train)) > 0).astype(int).to_numpy()
    return train, target, pa.table({name: random.normal(size=rows) for name in FEATURES})


def through(kind: str, data: bytes, file: str, rows: pa.Table) -> Call:
    """Scoring by a verified model of the kind."""
    from modelops_airflow.digest import digest_bytes
    from modelops_airflow.kinds import open_model, scan, verify

    scorer = open_model(verify(kind, data, digest_bytes(data), scan(kind, data, file=file)))

    def ours() -> np.ndarray:
        return scorer.score(rows)["score"].to_numpy()

    return ours


def turns(ours: Call, direct: Call, runs: int) -> tuple[float, float]:
    """Median CPU seconds of both."""
    took: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        for call, seconds in zip((ours, direct), took, strict=True):
            began = time.process_time()
            call()
            seconds.append(time.process_time() - began)
    return statistics.median(took[0]), statistics.median(took[1])


def skops(train, target, rows):
    """A logistic regression behind a scaler; asked for labels and probabilities of a data frame."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from skops import io

    model, frame = make_pipeline(StandardScaler(), LogisticRegression()).fit(train, target), rows.to_pandas()
    return io.dumps(model), "m.skops", lambda: (model.predict(frame), model.predict_proba(frame)[:, 1])[1]


def onnx(train, target, rows):
    """The same, as a graph with one input for all."""
    import onnxruntime
    from skl2onnx import to_onnx
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    values = train.to_numpy(dtype=np.float32)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(values, target)
    data = to_onnx(model, values[:1], options={id(model): {"zipmap": False}}, target_opset=18).SerializeToString()
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(data, settings, providers=["CPUExecutionProvider"])
    whole = {session.get_inputs()[0].name: rows.to_pandas().to_numpy(dtype=np.float32)}
    return data, "m.onnx", lambda: session.run(None, whole)[1][:, 1].astype(float)


def xgboost(train, target, rows):
    """A hundred trees of depth 6."""
    import xgboost as library

    settings = {"objective": "binary:logistic", "max_depth": 6, "nthread": 1}
    model = library.train(settings, library.DMatrix(train, label=target), 100)
    whole = rows.to_pandas().to_numpy(dtype=np.float32)
    return bytes(model.save_raw("ubj")), "m.ubj", lambda: model.inplace_predict(whole, validate_features=False).astype(float)


def lightgbm(train, target, rows):
    """A hundred trees of 31 leaves."""
    import lightgbm as library

    model = library.train({"objective": "binary", "num_threads": 1, "verbosity": -1}, library.Dataset(train, label=target), 100)
    whole = np.ascontiguousarray(rows.to_pandas().to_numpy())
    return model.model_to_string().encode(), "m.txt", lambda: model.predict(whole, num_threads=1)


MAKERS = {"skops": skops, "onnx": onnx, "xgboost": xgboost, "lightgbm": lightgbm}

if __name__ == "__main__":
    raise SystemExit(main())

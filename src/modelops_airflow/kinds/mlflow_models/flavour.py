"""Which flavour of an MLflow model is opened: the safest that is there, by the kind that exists for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...errors import ArtifactError
from ..formats import format_of
from .mlmodel import PYFUNC, MlModel

PICKLED = "cloudpickle"
"""The kind that opens what is pickled; it takes what pickle and joblib write as well."""

_ORDER = (("onnx", "data", "mlflow.onnx"), ("sklearn", "pickled_model", "mlflow.sklearn"), ("xgboost", "data", "mlflow.xgboost"),
          ("lightgbm", "data", "mlflow.lightgbm"), (PYFUNC, "python_model", "mlflow.pyfunc.model"))
"""Flavour, the setting that names its file, and the module of MLflow that loads it."""

_BY_CONTENT = {"onnx": {"ONNX": "onnx"}, "sklearn": {"zip archive": "skops"}, "xgboost": {"text": "xgboost", "UBJSON": "xgboost"},
               "lightgbm": {"text": "lightgbm", "zip archive": "skops"}, PYFUNC: {}}
_SERVED = ("data", "model_path", "python_model")


@dataclass(frozen=True)
class Flavour:
    """What is opened.

    Attributes:
        kind: of ours, which opens the file.
        file: its path in the folder.
    """

    name: str
    kind: str
    file: str
    data: bytes
    loader: str

    @property
    def pickled(self) -> bool:
        """Opening it without care runs code."""
        return self.kind == PICKLED

    def objections(self, model: MlModel) -> Iterator[str]:
        """What MLflow would load in place of it: what is looked at here must be what is served there."""
        served = model.flavours.get(PYFUNC, {})
        named = [served[key] for key in _SERVED if served.get(key) is not None]
        if served and served.get("loader_module") != self.loader:
            yield f"MLmodel: python_function.loader_module is {str(served.get('loader_module'))[:80]!r}, which MLflow imports; expected {self.loader}"
        if served and named != [self.file]:
            yield f"MLmodel: python_function names {', '.join(str(one)[:60] for one in named) or 'no file'}; expected {self.file}, which is what is scored here"


def flavour_of(model: MlModel, files: Mapping[str, bytes]) -> Flavour:
    """The safest flavour of a model.

    Raises:
        ArtifactError: there is none that is opened here.
    """
    found = [_of(name, model.flavours[name].get(setting), loader, files) for name, setting, loader in _ORDER if name in model.flavours]
    usable = [one for one in found if one is not None]
    for one in [*(one for one in usable if not one.pickled), *usable]:
        return one
    names = ", ".join(sorted(str(one)[:40] for one in model.flavours))
    code = "; it is code that MLflow imports: govern it as the kind python" if "model_code_path" in model.flavours.get(PYFUNC, {}) else ""
    raise ArtifactError(f"the model has the flavors {names}, and no file that is opened here{code}; expected one of onnx, sklearn, xgboost and lightgbm")


def _of(name: str, file: object, loader: str, files: Mapping[str, bytes]) -> Flavour | None:
    if not isinstance(file, str) or file not in files:
        return None
    form = format_of(files[file])
    pickled = PICKLED if form == "pickle" or form.endswith(" compression") else None
    kind = _BY_CONTENT[name].get(form, pickled)
    return None if kind is None else Flavour(name, kind, file, files[file], loader)

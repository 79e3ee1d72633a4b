"""Fitted estimators in files that hold no code: skops, ONNX, PMML."""

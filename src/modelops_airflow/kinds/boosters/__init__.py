"""Trees grown by XGBoost and LightGBM, in their own files."""

"""Models as MLflow saves them: a folder with `MLmodel`, which says what else is in it."""

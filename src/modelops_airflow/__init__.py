"""ModelOps on Apache Airflow: one YAML file a model, from validation to retirement."""

__version__ = "0.1.0"

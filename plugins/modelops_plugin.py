"""For installations without entry points: put this file into Airflow's plugins folder."""

from modelops_airflow.plugin import ModelOpsPlugin

__all__ = ["ModelOpsPlugin"]

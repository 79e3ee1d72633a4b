"""Every model file below becomes DAGs; a worker that needs one DAG opens one file. (airflow dag)"""

from modelops_airflow.dag import dags_here

globals().update(dags_here())

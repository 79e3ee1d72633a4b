"""Shows the mistakes of broken model files as one import error, so that the good ones run. (airflow dag)"""

from airflow.sdk import get_parsing_context

from modelops_airflow.dag import errors_here

if get_parsing_context().dag_id is None:
    errors_here()

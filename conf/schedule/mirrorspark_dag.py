"""Hourly starts of a training run by Airflow 2: train, then status, which is red until the run has all its iterations.

Exit code 75 (another driver holds the run) skips the start; it is no failure. Set the three constants.
"""

from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.bash import BashOperator

HOME = "/opt/mirrorspark"
RUN_FILE = "/etc/mirrorspark/run.yaml"
MINUTES = 50

with DAG(
    dag_id="mirrorspark",
    start_date=datetime(2026, 1, 1),
    schedule="@hourly",
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 1, "retry_delay": timedelta(minutes=5)},
) as dag:
    train = BashOperator(
        task_id="train",
        bash_command=f"{HOME}/submit/mirrorspark train --config {RUN_FILE} --set schedule.minutes={MINUTES}",
        skip_on_exit_code=75,
        execution_timeout=timedelta(minutes=MINUTES + 60),
    )
    status = BashOperator(
        task_id="status",
        bash_command=f"{HOME}/submit/mirrorspark status --config {RUN_FILE}",
        retries=0,
    )
    train >> status

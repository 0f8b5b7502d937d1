"""The Celery side: takes batches from Redis and stores them in PostgreSQL.

A task is acknowledged after its transaction, so a worker that dies loses nothing; a task done twice
adds nothing, because of the primary key.
"""

import os

import psycopg
from celery import Celery
from celery.signals import worker_process_init
from psycopg_pool import ConnectionPool

FEW = 20  # a COPY into a staging table pays from about here

app = Celery("events", broker=os.environ["BROKER_URL"])
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_serializer="json",
    worker_prefetch_multiplier=4,
    worker_send_task_events=False,
    broker_pool_limit=40,  # as many as FastAPI has threads
    broker_transport_options={"visibility_timeout": 3600},
    broker_connection_retry_on_startup=True,
)

pool: ConnectionPool | None = None


@worker_process_init.connect
def open_pool(**_):
    """After the fork: a connection is not shared between processes."""
    global pool
    pool = ConnectionPool(os.environ["DATABASE"], min_size=1, max_size=2)


@app.task(autoretry_for=(psycopg.OperationalError,), retry_backoff=True, max_retries=None)
def store(rows: list[list[str]]):
    with pool.connection() as connection, connection.cursor() as cursor:
        if len(rows) < FEW:
            cursor.executemany("INSERT INTO events VALUES (%s, %s, %s, %s, %s)"
                               " ON CONFLICT DO NOTHING", rows)
            return
        cursor.execute("CREATE TEMP TABLE IF NOT EXISTS staging (LIKE events)"
                       " ON COMMIT DELETE ROWS")
        with cursor.copy("COPY staging FROM STDIN") as copy:
            copy.write("".join(map(copy_line, rows)))
        # In one order everywhere: two workers with the same ids do not wait for each other.
        cursor.execute("INSERT INTO events SELECT * FROM staging ORDER BY event_id"
                       " ON CONFLICT DO NOTHING")


def copy_line(row: list[str]) -> str:
    line = "\x00".join(row).replace("\\", "\\\\").replace("\t", "\\t")
    line = line.replace("\n", "\\n").replace("\r", "\\r")
    return line.replace("\x00", "\t") + "\n"

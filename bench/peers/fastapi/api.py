"""The FastAPI side: checks events, hands them to Celery, and answers statistics from PostgreSQL.

Functions without `async` run in FastAPI's threads: while one waits until Redis has synced, the
others go on.
"""

import datetime
import os
from uuid import UUID

from fastapi import FastAPI, HTTPException, Query
from psycopg_pool import ConnectionPool

from bench.peers.fastapi.models import Event
from bench.peers.fastapi.tasks import store
from bench.peers.postgres import questions

app = FastAPI(title="Events")
pool = ConnectionPool(os.environ["DATABASE"], min_size=1, max_size=10, open=False)


@app.on_event("startup")
def open_pool():
    pool.open()


@app.on_event("shutdown")
def close_pool():
    pool.close()


@app.post("/events", status_code=202)
def take(events: list[Event] | Event):
    events = events if isinstance(events, list) else [events]
    store.delay([event.row() for event in events])
    return {"accepted": len(events)}


@app.get("/events/count")
def count():
    with pool.connection() as connection:
        return {"events": connection.execute("SELECT count(*) FROM events").fetchone()[0]}


@app.get("/events/{event_id}")
def find(event_id: UUID):
    with pool.connection() as connection:
        row = connection.execute("SELECT * FROM events WHERE event_id = %s", [event_id]).fetchone()
    if not row:
        raise HTTPException(404, "there is no event with this event_id")
    return dict(zip(Event.__fields__, row))


def ask(question: tuple[str, dict]) -> list:
    with pool.connection() as connection:
        return questions.plain(connection.execute(*question).fetchall())


@app.get("/stats/dau")
def dau(first: datetime.date = Query(alias="from"), last: datetime.date = Query(alias="to"),
        tz: str = "UTC", segment: str = ""):
    event_type, country = "", ""
    if segment.startswith("event_type:"):
        event_type = segment.removeprefix("event_type:")
    elif segment.startswith("properties.country="):
        country = segment.removeprefix("properties.country=")
    elif segment:
        raise HTTPException(422, "segment: expected event_type:NAME or properties.country=VALUE")
    return {"data": ask(questions.dau(first, last, tz, event_type, country))}


@app.get("/stats/mau")
def mau(first: datetime.date = Query(alias="from"), last: datetime.date = Query(alias="to")):
    return {"data": ask(questions.mau(first, last))}


@app.get("/stats/top-events")
def top_events(first: datetime.date = Query(alias="from"),
               last: datetime.date = Query(alias="to")):
    return {"data": ask(questions.top_events(first, last))}


@app.get("/stats/retention")
def retention(start_date: datetime.date, windows: int = Query(3, ge=0, le=366),
              cohorts: int = Query(1, ge=1, le=366), cohort: str = "active"):
    if cohort not in questions.COHORT:
        raise HTTPException(422, "cohort: expected active or first_seen")
    return {"data": ask(questions.retention(start_date, cohorts, windows, cohort))}

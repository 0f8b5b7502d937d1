"""The questions of the benchmark in PostgreSQL's SQL, and in what DuckDB shares of it.

Each is one statement that a team would write and keep: distinct (user, day) pairs first, whatever
follows from them after. A day is a day of UTC unless a zone is named.
"""

import datetime
import json

PAIRS = """
    SELECT DISTINCT user_id, (occurred_at AT TIME ZONE %(tz)s)::date AS day FROM events
    WHERE occurred_at >= %(from)s::timestamp AT TIME ZONE %(tz)s
      AND occurred_at < %(until)s::timestamp AT TIME ZONE %(tz)s"""

DAU = """
SELECT (occurred_at AT TIME ZONE %(tz)s)::date AS day, count(DISTINCT user_id)
FROM events
WHERE occurred_at >= %(from)s::timestamp AT TIME ZONE %(tz)s
  AND occurred_at < %(until)s::timestamp AT TIME ZONE %(tz)s {and_segment}
GROUP BY day ORDER BY day"""

TOP_EVENTS = """
SELECT event_type, count(*) AS events, count(DISTINCT user_id) FROM events
WHERE occurred_at >= %(from)s::timestamp AT TIME ZONE %(tz)s
  AND occurred_at < %(until)s::timestamp AT TIME ZONE %(tz)s
GROUP BY event_type ORDER BY events DESC, event_type LIMIT 10"""

# A user counts from an active day until 30 days later or the next active day, whichever is first:
# so each pair adds one and takes one away, where a join with the days would make 30 rows of it.
MAU = """
WITH active AS (""" + PAIRS + """),
spans AS (
    SELECT day AS come,
           least(day + 30, lead(day) OVER (PARTITION BY user_id ORDER BY day)) AS gone FROM active),
changes AS (
    SELECT come AS day, count(*) AS change FROM spans GROUP BY come
    UNION ALL
    SELECT gone, -count(*) FROM spans GROUP BY gone),
sums AS (
    SELECT day, sum(sum(change)) OVER (ORDER BY day) AS users FROM changes GROUP BY day)
SELECT day, users FROM sums WHERE day >= %(first)s AND day <= %(last)s ORDER BY day"""

RETENTION = """
WITH active AS (""" + PAIRS + """),
cohort AS ({cohort})
SELECT cohort.day, active.day - cohort.day AS k, count(*)
FROM cohort JOIN active ON active.user_id = cohort.user_id
                       AND active.day BETWEEN cohort.day AND cohort.day + %(windows)s
GROUP BY 1, 2 ORDER BY 1, 2"""

COHORT = {
    "active": "SELECT user_id, day FROM active WHERE day <= %(last)s",
    "first_seen": """
    SELECT user_id, min((occurred_at AT TIME ZONE %(tz)s)::date) AS day FROM events GROUP BY user_id
    HAVING min((occurred_at AT TIME ZONE %(tz)s)::date) BETWEEN %(first)s AND %(last)s""",
}


def dau(first: datetime.date, last: datetime.date, tz: str = "UTC", event_type: str = "",
        country: str = "") -> tuple[str, dict]:
    segment = "AND event_type = %(event_type)s" if event_type else ""
    segment += "AND (properties->>'country') = %(country)s" if country else ""
    return DAU.format(and_segment=segment), {
        **_range(first, last, tz), "event_type": event_type, "country": country}


def top_events(first: datetime.date, last: datetime.date) -> tuple[str, dict]:
    return TOP_EVENTS, _range(first, last)


def mau(first: datetime.date, last: datetime.date) -> tuple[str, dict]:
    return MAU, {**_range(first - datetime.timedelta(29), last), "first": first, "last": last}


def retention(first: datetime.date, cohorts: int, windows: int,
              cohort: str = "active") -> tuple[str, dict]:
    last = first + datetime.timedelta(cohorts - 1)
    return RETENTION.format(cohort=COHORT[cohort]), {
        **_range(first, last + datetime.timedelta(windows)),
        "first": first, "last": last, "windows": windows}


def _range(first: datetime.date, last: datetime.date, tz: str = "UTC") -> dict:
    return {"from": first, "until": last + datetime.timedelta(1), "tz": tz}


def all_questions(first: datetime.date, days: int) -> dict[str, tuple[str, dict]]:
    """By the names that `tidemark bench query` gives them."""
    last = first + datetime.timedelta(days - 1)
    return {
        "dau": dau(first, last),
        "top events with users": top_events(first, last),
        "mau": mau(first, last),
        "retention x 30, active": retention(first, days, 30),
        "retention x 30, first seen": retention(first, days, 30, "first_seen"),
        "dau of an event type": dau(first, last, event_type="purchase"),
        "dau in Asia/Kathmandu": dau(first, last, tz="Asia/Kathmandu"),
        "dau by a property": dau(first, last, country="UA"),
    }


def literal(statement: str, values: dict) -> str:
    """The statement with its values in it, for those who take no parameters."""
    for name, value in values.items():
        text = str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"
        if isinstance(value, datetime.date):
            text = f"DATE '{value}'"
        statement = statement.replace(f"%({name})s", text)
    return statement


def plain(rows) -> list[list]:
    """Rows as JSON has them."""
    return json.loads(json.dumps([list(row) for row in rows], default=_plain_value))


def _plain_value(value):
    return str(value) if isinstance(value, datetime.date) else int(value)

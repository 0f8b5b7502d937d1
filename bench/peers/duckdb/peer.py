"""Plain DuckDB on a file: loads NDJSON by its own reader, answers the questions in SQL.

usage: /usr/bin/python3 -m bench.peers.duckdb.peer FOLDER
"""

import datetime
import pathlib
import sys
import time

from bench.peers import protocol
from bench.peers.duckdb.engine import DuckDb
from bench.peers.postgres import questions

# No primary key: it costs DuckDB four times the load and helps no question. So repeated ids would
# stay. Rows lie as they came, in order of time, which its min-max indexes thank us for.
SCHEMA = """CREATE TABLE events (
    event_id UUID, occurred_at TIMESTAMP, user_id VARCHAR, event_type VARCHAR, properties JSON)"""

LOAD = """INSERT INTO events SELECT * FROM read_json('{file}', format = 'newline_delimited',
    columns = {{event_id: 'UUID', occurred_at: 'TIMESTAMP', user_id: 'VARCHAR',
                event_type: 'VARCHAR', properties: 'JSON'}})"""


def in_duckdb(statement: str, values: dict) -> str:
    """The same statement over a TIMESTAMP of UTC, which DuckDB is quicker with."""
    if values["tz"] == "UTC":
        statement = statement.replace(" AT TIME ZONE %(tz)s", "")
    else:
        statement = statement.replace("occurred_at AT TIME ZONE %(tz)s",
                                      "occurred_at AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s")
        statement = statement.replace("::timestamp AT TIME ZONE %(tz)s",
                                      "::timestamp AT TIME ZONE %(tz)s AT TIME ZONE 'UTC'")
    return questions.literal(statement, values)


class DuckDbPeer:
    def __init__(self, folder: pathlib.Path):
        self.file = folder / "events.duckdb"
        self.engine = DuckDb(self.file)
        self.engine.query(SCHEMA)

    def load(self, file: str) -> dict:
        begun = time.perf_counter()
        self.engine.query(LOAD.format(file=file))
        self.engine.query("CHECKPOINT")
        seconds = time.perf_counter() - begun
        return {"events": int(self.engine.query("SELECT count(*) FROM events")[0][0]),
                "seconds": seconds}

    def ask(self, question: str, first: str, days: int) -> dict:
        statement = in_duckdb(*questions.all_questions(datetime.date.fromisoformat(first),
                                                       days)[question])
        begun = time.perf_counter()
        rows = self.engine.query(statement)
        return {"seconds": time.perf_counter() - begun, "rows": rows}

    def disk(self) -> dict:
        return {"bytes": self.file.stat().st_size}

    def stop(self):
        self.engine.close()


if __name__ == "__main__":
    peer = DuckDbPeer(pathlib.Path(sys.argv[1]))
    protocol.answer(peer, {"version": "DuckDB " + peer.engine.version.removeprefix("v")})

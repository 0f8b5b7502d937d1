"""Plain PostgreSQL: loads NDJSON by COPY, answers the questions in SQL.

usage: /usr/bin/python3 -m bench.peers.postgres.peer FOLDER
"""

import datetime
import pathlib
import sys
import time

import psycopg

from bench.peers import protocol, servers
from bench.peers.postgres import questions
from bench.peers.postgres.schema import SCHEMA

# JSON holds neither of these two bytes, so each line comes as it is.
COPY_LINES = r"COPY lines FROM STDIN WITH (FORMAT csv, QUOTE e'\x01', DELIMITER e'\x02')"

STORE_LINES = """
INSERT INTO events
SELECT (line->>'event_id')::uuid, (line->>'occurred_at')::timestamptz, line->>'user_id',
       line->>'event_type', line->'properties'
FROM lines ON CONFLICT DO NOTHING"""


class PostgresPeer:
    def __init__(self, folder: pathlib.Path):
        self.server = servers.postgres(folder)
        self.server.sql(SCHEMA)
        self.connection = psycopg.connect(self.server.url, autocommit=True)

    def load(self, file: str) -> dict:
        begun = time.perf_counter()
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE lines (line jsonb) ON COMMIT DROP")
            with cursor.copy(COPY_LINES) as copy, open(file, "rb") as source:
                while piece := source.read(1 << 20):
                    copy.write(piece)
            cursor.execute(STORE_LINES)
            events = cursor.rowcount
        seconds = time.perf_counter() - begun
        self.connection.execute("VACUUM ANALYZE events")
        self.connection.execute("CHECKPOINT")
        return {"events": events, "seconds": seconds}

    def ask(self, question: str, first: str, days: int) -> dict:
        statement, values = questions.all_questions(datetime.date.fromisoformat(first),
                                                    days)[question]
        begun = time.perf_counter()
        rows = self.connection.execute(statement, values).fetchall()
        return {"seconds": time.perf_counter() - begun, "rows": questions.plain(rows)}

    def disk(self) -> dict:
        size = self.connection.execute("SELECT pg_total_relation_size('events')").fetchone()[0]
        return {"bytes": size}

    def stop(self):
        self.connection.close()
        self.server.end()


if __name__ == "__main__":
    peer = PostgresPeer(pathlib.Path(sys.argv[1]))
    protocol.answer(peer, {"version": peer.server.version()})

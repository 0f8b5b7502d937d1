"""FastAPI, Celery, Redis and PostgreSQL, all in one folder and all stopped with us.

usage: /usr/bin/python3 -m bench.peers.fastapi.peer FOLDER
"""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from importlib import metadata

import psycopg
import redis

from bench.peers import prefill, protocol, servers
from bench.peers.postgres.schema import SCHEMA
from tools.own_servers import Process

WORKERS_PER_CORE = 4


class FastApiPeer:
    def __init__(self, folder: pathlib.Path):
        self.log = folder / "peer.log"
        self.parts = {"uvicorn": [], "Celery": []}
        with contextlib.ExitStack() as started:
            self.redis = started.enter_context(servers.redis(folder))
            self.queue = redis.Redis.from_url(self.redis.url)
            self.server = started.enter_context(servers.postgres(folder))
            self.server.sql(SCHEMA)
            self.parts |= {"Redis": [self.redis.process.pid],
                           "PostgreSQL": [self.server.process.pid]}
            self.database = started.enter_context(
                psycopg.connect(self.server.url, autocommit=True))
            self.url = self._start(started)
            self._wait_for_one_event()
            self._started = started.pop_all()  # up to here a fault ends them

    def _start(self, started: contextlib.ExitStack) -> str:
        environment = {**os.environ, "BROKER_URL": self.redis.url, "DATABASE": self.server.url}

        def python(part: str, *command: str, **more) -> subprocess.Popen:
            child = Process([sys.executable, "-m", *command], self.log, env=environment, **more)
            self.parts[part].append(child.process.pid)
            return started.enter_context(child).process

        # A worker fetches, does and acknowledges one task after the other, and each waits for a
        # sync of Redis: several small ones carry more than one with children.
        for number in range(WORKERS_PER_CORE * os.cpu_count()):
            python("Celery", "celery", "-A", "bench.peers.fastapi.tasks", "worker",
                   "--pool", "solo", "--hostname", f"worker{number}", "--loglevel", "WARNING",
                   "--without-gossip", "--without-mingle", "--without-heartbeat")
        api = python("uvicorn", "bench.peers.fastapi.serve_api", stdout=subprocess.PIPE)
        port = api.stdout.readline().strip().decode()
        if not port:
            raise RuntimeError(f"uvicorn ended: {self._last_words()}")
        return f"http://127.0.0.1:{port}"

    def _wait_for_one_event(self):
        """Until one has gone all the way: only then is everything up."""
        event = {"event_id": str(uuid.uuid4()), "occurred_at": "2025-06-01T00:00:00Z",
                 "user_id": "first", "event_type": "first"}
        request = urllib.request.Request(self.url + "/events", json.dumps(event).encode(),
                                         {"Content-Type": "application/json"})
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(request, timeout=30).close()
                if self.stored()["events"] > 0:
                    self.database.execute("TRUNCATE events")
                    return
            except urllib.error.URLError:
                pass  # the workers of uvicorn are not there yet
            time.sleep(0.25)
        raise RuntimeError(f"no event came through within 60 s: {self._last_words()}")

    def _last_words(self) -> str:
        return self.log.read_text(errors="replace").strip()[-400:]

    def waiting(self) -> dict:
        """Tasks that no worker has finished; Celery's own names."""
        return {"tasks": self.queue.llen("celery") + self.queue.hlen("unacked")}

    def stored(self) -> dict:
        """Of loads: what was there before them is older."""
        count = "SELECT count(*) FROM events WHERE occurred_at >= '2025-06-01 00:00:00+00'"
        return {"events": self.database.execute(count).fetchone()[0]}

    def prefill(self, events: int) -> dict:
        prefill.fill_stack(self.server, events)
        return {}

    def version(self) -> str:
        return (f"FastAPI {metadata.version('fastapi')}, Celery {metadata.version('celery')}, "
                f"{self.redis.version()}, {self.server.version()}")

    def disk(self) -> dict:
        size = self.database.execute("SELECT pg_total_relation_size('events')").fetchone()[0]
        return {"bytes": size}

    def stop(self):
        self._started.close()


if __name__ == "__main__":
    peer = FastApiPeer(pathlib.Path(sys.argv[1]))
    protocol.answer(peer, {"version": peer.version(), "url": peer.url, "parts": peer.parts})

"""FastAPI, Celery, Redis and PostgreSQL, all in one folder and all stopped with us.

usage: /usr/bin/python3 -m bench.peers.fastapi.peer FOLDER
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from importlib import metadata

import psycopg

from bench.peers import protocol
from bench.peers.postgres.server import PostgresServer

# Every write of the queue is on disk before it is answered: the same promise as ours.
REDIS = ("port 0", "save ''", "appendonly yes", "appendfsync always", "daemonize no",
         "maxmemory-policy noeviction")


WORKERS_PER_CORE = 4


class FastApiPeer:
    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.logs = open(folder / "peer.log", "wb")
        self.children: list[subprocess.Popen] = []
        self.server = PostgresServer(folder)
        try:
            self.url = self._start()
        except Exception:
            self.stop()
            raise

    def _start(self) -> str:
        (self.folder / "redis").mkdir()
        socket = self.folder / "redis/redis.sock"
        conf = self.folder / "redis/redis.conf"
        conf.write_text("\n".join([*REDIS, f"unixsocket {socket}", f"dir {self.folder}/redis", ""]))
        self._child("redis-server", str(conf))
        environment = {**os.environ, "BROKER_URL": f"redis+socket://{socket}",
                       "DATABASE": self.server.address}
        # A worker fetches, does and acknowledges one task after the other, and each waits for a
        # sync of Redis: several small ones carry more than one with children.
        for number in range(WORKERS_PER_CORE * os.cpu_count()):
            self._child(sys.executable, "-m", "celery", "-A", "bench.peers.fastapi.tasks", "worker",
                        "--pool", "solo", "--hostname", f"worker{number}", "--loglevel", "WARNING",
                        "--without-gossip", "--without-mingle", "--without-heartbeat",
                        env=environment)
        api = self._child(sys.executable, "-m", "bench.peers.fastapi.serve_api", env=environment,
                          stdout=subprocess.PIPE)
        port = api.stdout.readline().strip().decode()
        if not port:
            raise RuntimeError(f"uvicorn ended: {self._last_words()}")
        self.database = psycopg.connect(self.server.address, autocommit=True)
        url = f"http://127.0.0.1:{port}"
        self._wait_for_one_event(url)
        return url

    def _wait_for_one_event(self, url: str):
        """Until one has gone all the way: only then is everything up."""
        event = {"event_id": str(uuid.uuid4()), "occurred_at": "2025-06-01T00:00:00Z",
                 "user_id": "first", "event_type": "first"}
        request = urllib.request.Request(url + "/events", json.dumps(event).encode(),
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

    def _child(self, *command: str, **more) -> subprocess.Popen:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=self.logs,
                                 **{"stdout": self.logs, **more})
        self.children.append(child)
        return child

    def _last_words(self) -> str:
        return (self.folder / "peer.log").read_text(errors="replace").strip()[-400:]

    def stored(self) -> dict:
        return {"events": self.database.execute("SELECT count(*) FROM events").fetchone()[0]}

    def version(self) -> str:
        redis = subprocess.run(["redis-server", "--version"], capture_output=True, text=True,
                               check=True).stdout
        server = self.database.info.parameter_status("server_version")
        return (f"FastAPI {metadata.version('fastapi')}, Celery {metadata.version('celery')}, "
                f"Redis {re.search(r'v=([0-9.]+)', redis)[1]}, PostgreSQL {server.split()[0]}")

    def disk(self) -> dict:
        size = self.database.execute("SELECT pg_total_relation_size('events')").fetchone()[0]
        return {"bytes": size}

    def stop(self):
        for child in reversed(self.children):
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self.server.stop()
        self.logs.close()


if __name__ == "__main__":
    peer = FastApiPeer(pathlib.Path(sys.argv[1]))
    protocol.answer(peer, {"version": peer.version(), "url": peer.url})

"""Tidemark's server profile, as one of the systems that are measured: `serve` and `worker` with a
Redis and a PostgreSQL of their own, which have the settings of the peers' ones."""

import contextlib
import json
import pathlib
import time
import urllib.error

from bench.peers import prefill, servers
from bench.side_by_side import figures
from bench.side_by_side.services import CannotRun, Queued
from bench.side_by_side.tidemark import TidemarkService
from tools import own_servers

START_SECONDS_MAX = 60
FOLLOWED_PER_SECOND_MIN = 20_000  # of rows that are there when `serve` starts
LOAD_SECONDS_MAX = 3600
# A load that is sent faster than it is stored is to wait and not to be refused: in Redis there is
# room for it, as there is for that of the FastAPI stack.
QUEUE_BYTES_MAX = 4 << 30

TABLE_BYTES = """
SELECT sum(pg_total_relation_size(oid)) FROM pg_class
WHERE relkind = 'r' AND relname ~ '^(event|stream_entry)'"""


class TidemarkServer(Queued, TidemarkService):
    name, title = "tidemark-server", "Tidemark, server profile"

    def __init__(self, binary: pathlib.Path):
        super().__init__(binary)
        self._started = contextlib.ExitStack()
        self.redis: own_servers.Redis | None = None
        self.postgres: own_servers.Postgres | None = None
        self.worker: own_servers.Process | None = None

    def _start(self):
        try:
            flags = self._start_servers()
        except own_servers.CannotStart as error:
            raise CannotRun(str(error)) from error
        self._serve(*flags)
        self.version += f", {self.redis.version()}, {self.postgres.version()}"
        self._wait_until_ready()

    def _start_servers(self) -> list[str]:
        """All but `serve`, whose flags come back."""
        self.redis = self._started.enter_context(servers.redis(self.folder))
        self.postgres = self._started.enter_context(servers.postgres(self.folder))
        places = ["--journal", self.redis.url, "--ledger", self.postgres.url]
        own_servers.migrate(self.binary, places)
        if self.prefilled:
            prefill.fill_ledger(self.postgres, self.prefilled)
        flags = [*places, "--queue-bytes-max", str(QUEUE_BYTES_MAX)]
        self.worker = self._started.enter_context(own_servers.Process(
            [self.binary, "worker", *flags, "--worker-port", "0", "--log-level", "warning"],
            self.folder / "worker.log"))
        return flags

    def end(self):
        try:
            super().end()
        finally:
            self._started.close()

    @property
    def parts(self) -> figures.Parts:
        return {"serve": [self.process.pid], "worker": [self.worker.process.pid],
                "Redis": [self.redis.process.pid], "PostgreSQL": [self.postgres.process.pid]}

    def _wait_until_ready(self):
        """Until `serve` has made its views of all that the ledger holds."""
        seconds = START_SECONDS_MAX + self.prefilled / FOLLOWED_PER_SECOND_MIN
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.worker.process.poll() is None:
            try:
                self.get("/readyz")
                return
            except urllib.error.HTTPError as error:
                error.close()  # 503: not yet
            time.sleep(0.05)
        raise CannotRun(f"not ready within {seconds:.0f} s; {self.worker.last_words()}")

    def has_waiting(self) -> bool:
        queue = json.loads(self.get("/queue"))
        return queue["depth"] > 0 or queue["views"]["behind_events"] > 0

    def stored(self) -> int:
        return int(self.figure("tidemark_position"))

    def load(self, file: pathlib.Path) -> dict:
        """Until all is committed and visible; `tidemark import` ends when it is acknowledged."""
        begun = time.monotonic()
        events = super().load(file)["events"]
        stored, since = self.wait_until_stored(events, LOAD_SECONDS_MAX)
        return {"events": stored, "seconds": since - begun}

    def disk_bytes_per_event(self, events: int) -> float | None:
        """Of PostgreSQL's tables, and of the archive that `serve` makes of them."""
        followed = next((self.data / "followed").iterdir())
        archive = self.archive_bytes_per_event(followed)
        return archive and archive + int(self.postgres.sql(TABLE_BYTES)) / events

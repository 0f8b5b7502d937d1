"""Tidemark and its peers, started, asked and stopped in one way."""

import json
import os
import pathlib
import re
import select
import shutil
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

from bench.side_by_side import figures

ROOT = pathlib.Path(__file__).parents[2]
FIRST_DAY = "2025-06-01"  # of what `tidemark generate` makes
SEGMENT_EVENTS = 1_000_000  # what Tidemark archives at once; less stays in the journal


class CannotRun(Exception):
    """A service that is not here or does not start: a line in the report, no end of the run."""


class Service:
    """A process with a folder of its own, which goes with it.

    Promise: used in a `with`, nothing of it is left after, whatever happened within.
    """

    name = ""
    title = ""
    generator_flags: list[str] = []  # what the load generator must know of it

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidemark-bench-"))
        self.process: subprocess.Popen | None = None
        self.url = ""
        self.version = ""

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def end(self):
        if not self.process:
            return
        self._ask_to_end()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe and not pipe.closed:
                pipe.close()
        self.process = None

    def __exit__(self, *_):
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _spawn(self, command: list[str], **more):
        with open(self.folder / "errors.log", "wb") as errors:
            try:
                self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE,
                                                stderr=errors, text=True, **more)
            except OSError as error:
                raise CannotRun(f"{command[0]}: {error.strerror}") from error

    def _line(self, seconds: float) -> str:
        """The next line of its output."""
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            raise CannotRun(f"no answer within {seconds:.0f} s")
        line = self.process.stdout.readline()
        if not line:
            raise CannotRun(self._last_words())
        return line

    def _last_words(self) -> str:
        """What it said of its end: the line that names an error, or else the last one."""
        errors = (self.folder / "errors.log").read_text(errors="replace").strip().split("\n")
        named = [line for line in errors if re.search(r"\w*Error: ", line)]
        return (named or errors)[-1] or "it ended without a word"

    def _start(self):
        raise NotImplementedError

    def _ask_to_end(self):
        self.process.terminate()

    def wait_until_stored(self, _events: int, seconds: float) -> int | None:
        """For what goes on behind its answers; None where an answer means that it is stored."""
        figures.wait_until_idle(self.process.pid, seconds)


class Tidemark(Service):
    name, title = "tidemark", "Tidemark"

    def __init__(self, binary: pathlib.Path):
        super().__init__()
        self.binary = binary

    def _start(self):
        self._spawn([str(self.binary), "serve", "--data-dir", str(self.folder / "data"), "--port",
                     "0", "--access-log", "false", "--log-level", "warning"],
                    stdin=subprocess.DEVNULL)
        said = (re.search(r"http://\S+", line) for line in self.process.stdout)
        if not (found := next(filter(None, said), None)):
            raise CannotRun(self._last_words())
        self.url = found[0].rstrip("/")
        told = subprocess.run([self.binary, "version"], capture_output=True, text=True, check=True)
        self.version = told.stdout.split("\n")[0].strip()

    def kill_and_restart(self) -> float:
        """Seconds from its death by SIGKILL until a new one has taken an event and answered."""
        self.process.kill()
        self.end()
        begun = time.perf_counter()
        self._start()
        event = {"event_id": "after-the-restart", "occurred_at": FIRST_DAY + "T00:00:00Z",
                 "user_id": "u", "event_type": "t"}
        urllib.request.urlopen(urllib.request.Request(
            self.url + "/events", json.dumps(event).encode(),
            {"Content-Type": "application/json"}), timeout=60).close()
        self.get(f"/stats/dau?from={FIRST_DAY}&to={FIRST_DAY}")
        return time.perf_counter() - begun

    def get(self, target: str) -> bytes:
        """An answer that is calculated: none that the service has kept."""
        asked = urllib.request.Request(self.url + target, headers={"Cache-Control": "no-cache"})
        with urllib.request.urlopen(asked, timeout=600) as answer:
            return answer.read()

    def load(self, file: pathlib.Path) -> dict:
        begun = time.perf_counter()
        done = subprocess.run([self.binary, "import", str(file), "--url", self.url, "--json"],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CannotRun(done.stderr.strip())
        seconds = time.perf_counter() - begun
        return {"events": json.loads(done.stdout)["accepted"], "seconds": seconds}

    def ask_all(self, days: int, times: int) -> dict[str, dict]:
        """Timed by the load generator: Python's own HTTP would be most of what is measured."""
        done = subprocess.run([self.binary, "bench", "query", "--url", self.url, "--days",
                               str(days), "--times", str(times), "--json"],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CannotRun(done.stderr.strip())
        answers = {}
        for line in done.stdout.splitlines():
            told = json.loads(line)
            answers[told.pop("question")] = told
        for question, told in answers.items():
            told["rows"] = self._rows(question, days)
        return answers

    def _rows(self, question: str, days: int) -> list[list]:
        """The answer as SQL would give it: without what is zero."""
        first = FIRST_DAY
        span = {"from": first, "to": f"{first[:8]}{days:02d}"}
        cohorts = {"start_date": first, "windows": 30, "cohorts": days}
        path, parameters = {
            "dau": ("dau", span),
            "top events with users": ("top-events", span),
            "mau": ("mau", span),
            "retention x 30, active": ("retention", cohorts),
            "retention x 30, first seen": ("retention", {**cohorts, "cohort": "first_seen"}),
            "dau of an event type": ("dau", {**span, "segment": "event_type:purchase"}),
            "dau in Asia/Kathmandu": ("dau", {**span, "tz": "Asia/Kathmandu"}),
            "dau by a property": ("dau", {**span, "segment": "properties.country=UA"}),
        }[question]
        query = urllib.parse.urlencode(parameters)
        data = json.loads(self.get(f"/stats/{path}?{query}"))["data"]
        if path == "retention":
            return [[row["cohort_date"], window["window"], window["users"]]
                    for row in data for window in row["windows"] if window["users"]]
        if path == "top-events":
            return [[row["event_type"], row["count"], row["unique_users"]] for row in data]
        return [[row["date"], row["active_users"]] for row in data if row["active_users"]]

    def disk_bytes_per_event(self, _events: int) -> float | None:
        """Of what is archived; the journal is a buffer of at most some segments."""
        figures.wait_until_idle(self.process.pid, 60)
        metrics = self.get("/metrics").decode()
        position, lag = (float(re.search(rf"^{name} (\S+)$", metrics, re.M)[1]) for name in
                         ("tidemark_position", "tidemark_archive_lag_events"))
        if position - lag < SEGMENT_EVENTS:
            return None
        data = self.folder / "data"
        size = figures.folder_bytes(data) - figures.folder_bytes(data / "journal")
        return size / (position - lag)


class Peer(Service):
    """One of bench/peers, in the words of its protocol.py."""

    def __init__(self, name: str, title: str, command: list[str], generator: list[str] = ()):
        super().__init__()
        self.name, self.title, self._command = name, title, command
        self.generator_flags = generator

    def _start(self):
        self._spawn([*self._command, str(self.folder)], stdin=subprocess.PIPE)
        told = json.loads(self._line(120))
        self.version, self.url = told["version"], told.get("url", "")

    def _ask_to_end(self):
        try:
            self.process.stdin.close()  # it ends what it has started
        except BrokenPipeError:
            pass

    def _do(self, what: str, seconds: float = 1800, **more) -> dict:
        try:
            self.process.stdin.write(json.dumps({"do": what, **more}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError as error:
            raise CannotRun("it has ended") from error
        told = json.loads(self._line(seconds))
        if "error" in told:
            raise CannotRun(f"{what}: {told['error']}")
        return told

    def wait_until_stored(self, events: int, seconds: float) -> int | None:
        if self.name != "fastapi":
            return super().wait_until_stored(events, seconds)
        end = time.monotonic() + seconds
        while (stored := self._do("stored")["events"]) < events and time.monotonic() < end:
            time.sleep(0.1)
        return stored

    def load(self, file: pathlib.Path) -> dict:
        return self._do("load", file=str(file))

    def ask_all(self, days: int, times: int, patience: float = 20) -> dict[str, dict]:
        """Each as often as `times` says, but not again once it has taken `patience` seconds."""
        answers = {}
        for question in QUESTIONS:
            took, rows = [], []
            while len(took) < times and sum(took) < patience:
                told = self._do("ask", question=question, first=FIRST_DAY, days=days)
                took.append(told["seconds"])
                rows = told["rows"]
            answers[question] = {"first_ms": took[0] * 1000, "rows": rows,
                                 "median_ms": sorted(took)[len(took) // 2] * 1000}
        return answers

    def disk_bytes_per_event(self, events: int) -> float:
        return self._do("disk")["bytes"] / events


QUESTIONS = ("dau", "top events with users", "mau", "retention x 30, active",
             "retention x 30, first seen", "dau of an event type", "dau in Asia/Kathmandu",
             "dau by a property")

# Debian's packages belong to Debian's Python, whatever else is on the path.
PYTHON = os.environ.get("TIDEMARK_BENCH_PYTHON", "/usr/bin/python3")

PEERS = {
    "clickhouse": lambda: Peer("clickhouse", "ClickHouse",
                               ["node", str(ROOT / "bench/peers/clickhouse/peer.cjs")],
                               ["--lines"]),
    "fastapi": lambda: Peer("fastapi", "FastAPI stack", [PYTHON, "-m", "bench.peers.fastapi.peer"]),
    "postgres": lambda: Peer("postgres", "PostgreSQL",
                             [PYTHON, "-m", "bench.peers.postgres.peer"]),
    "duckdb": lambda: Peer("duckdb", "DuckDB", [PYTHON, "-m", "bench.peers.duckdb.peer"]),
}

TAKES_EVENTS = ("tidemark", "clickhouse", "fastapi")
ANSWERS = ("tidemark", "clickhouse", "postgres", "duckdb")

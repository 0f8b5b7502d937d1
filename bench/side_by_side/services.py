"""Systems that are measured, started, asked and stopped in one way; and the peers among them."""

import json
import os
import pathlib
import re
import select
import shutil
import subprocess
import tempfile
import time

from bench.side_by_side import figures

ROOT = pathlib.Path(__file__).parents[2]
PREFILL_SECONDS_MAX = 7200
END_SECONDS_MAX = 600  # a large database writes for a while before it ends
FIRST_DAY = "2025-06-01"  # of what `tidemark generate` makes


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

    @property
    def parts(self) -> figures.Parts:
        """What its CPU and memory are told by."""
        return {self.title: [self.process.pid]}

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
            self.process.wait(END_SECONDS_MAX)
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

    def settle(self, seconds: float):
        """Waits for what goes on behind its answers."""
        figures.wait_until_idle(self.parts, seconds)


class Queued:
    """What a service can tell that acknowledges what is in a queue, and stores it later."""

    prefilled = 0  # rows that are in its tables when it starts

    def has_waiting(self) -> bool:
        """Whether anything is in its queue; cheap."""
        raise NotImplementedError

    def stored(self) -> int:
        """How many events of loads are in its database and visible."""
        raise NotImplementedError

    def wait_until_stored(self, events: int, seconds: float) -> tuple[int, float]:
        """Until there are so many, or the time is over: how many there are, and since when."""
        end = time.monotonic() + seconds
        while True:
            begun = time.monotonic()
            if begun > end or not self.has_waiting():
                stored = self.stored()
                if stored >= events or begun > end:
                    return stored, begun
            time.sleep(0.1)


class Peer(Service):
    """One of bench/peers, in the words of its protocol.py."""

    def __init__(self, name: str, title: str, command: list[str], generator: list[str] = ()):
        super().__init__()
        self.name, self.title, self._command = name, title, command
        self.generator_flags = generator
        self._parts: figures.Parts = {}
        self._is_busy = False

    def _start(self):
        self._spawn([*self._command, str(self.folder)], stdin=subprocess.PIPE)
        told = json.loads(self._line(120))
        self.version, self.url = told["version"], told.get("url", "")
        self._parts = told.get("parts", {})

    @property
    def parts(self) -> figures.Parts:
        return self._parts or super().parts

    def _ask_to_end(self):
        try:
            self.process.stdin.close()  # it ends what it has started
        except BrokenPipeError:
            pass
        if self._is_busy:
            self.process.terminate()  # the same, in the middle of what may take minutes

    def _do(self, what: str, seconds: float = 1800, **more) -> dict:
        self._is_busy = True
        try:
            self.process.stdin.write(json.dumps({"do": what, **more}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError as error:
            raise CannotRun("it has ended") from error
        told = json.loads(self._line(seconds))
        self._is_busy = False
        if "error" in told:
            raise CannotRun(f"{what}: {told['error']}")
        return told

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


class QueuedPeer(Queued, Peer):
    def _start(self):
        super()._start()
        if self.prefilled:
            self._do("prefill", PREFILL_SECONDS_MAX, events=self.prefilled)

    def has_waiting(self) -> bool:
        return self._do("waiting")["tasks"] > 0

    def stored(self) -> int:
        return self._do("stored")["events"]


QUESTIONS = ("dau", "top events with users", "mau", "retention x 30, active",
             "retention x 30, first seen", "dau of an event type", "dau in Asia/Kathmandu",
             "dau by a property")

# Debian's packages belong to Debian's Python, whatever else is on the path.
PYTHON = os.environ.get("TIDEMARK_BENCH_PYTHON", "/usr/bin/python3")

PEERS = {
    "clickhouse": lambda: Peer("clickhouse", "ClickHouse",
                               ["node", str(ROOT / "bench/peers/clickhouse/peer.cjs")],
                               ["--lines"]),
    "fastapi": lambda: QueuedPeer("fastapi", "FastAPI stack",
                                  [PYTHON, "-m", "bench.peers.fastapi.peer"]),
    "postgres": lambda: Peer("postgres", "PostgreSQL",
                             [PYTHON, "-m", "bench.peers.postgres.peer"]),
    "duckdb": lambda: Peer("duckdb", "DuckDB", [PYTHON, "-m", "bench.peers.duckdb.peer"]),
}

TAKES_EVENTS = ("tidemark", "tidemark-server", "clickhouse", "fastapi")
CAN_BE_FILLED = ("tidemark-server", "fastapi")
ANSWERS = ("tidemark", "tidemark-server", "clickhouse", "postgres", "duckdb")

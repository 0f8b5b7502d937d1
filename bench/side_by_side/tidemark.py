"""Tidemark itself, as one of the systems that are measured."""

import json
import pathlib
import re
import subprocess
import time
import urllib.parse
import urllib.request

from bench.side_by_side import figures
from bench.side_by_side.services import FIRST_DAY, CannotRun, Service

SEGMENT_EVENTS = 1_000_000  # what is archived at once; less stays in the journal


class TidemarkService(Service):
    """What both profiles have in common: one `serve` that takes events and is asked."""

    def __init__(self, binary: pathlib.Path):
        super().__init__()
        self.binary = binary
        self.data = self.folder / "data"

    def _serve(self, *flags: str):
        self._spawn([str(self.binary), "serve", "--data-dir", str(self.data), "--port", "0",
                     "--access-log", "false", "--log-level", "warning", *flags],
                    stdin=subprocess.DEVNULL)
        said = (re.search(r"http://\S+", line) for line in self.process.stdout)
        if not (found := next(filter(None, said), None)):
            raise CannotRun(self._last_words())
        self.url = found[0].rstrip("/")
        told = subprocess.run([self.binary, "version"], capture_output=True, text=True, check=True)
        self.version = told.stdout.split("\n")[0].strip()

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

    def figure(self, name: str) -> float:
        """One of /metrics."""
        return float(re.search(rf"^{name} (\S+)$", self.get("/metrics").decode(), re.M)[1])

    def archive_bytes_per_event(self, folder: pathlib.Path) -> float | None:
        """Of what is archived in `folder`; the journal is a buffer of at most some segments."""
        figures.wait_until_idle(self.parts, 60)
        archived = self.figure("tidemark_position") - self.figure("tidemark_archive_lag_events")
        if archived < SEGMENT_EVENTS:
            return None
        size = figures.folder_bytes(folder) - figures.folder_bytes(folder / "journal")
        return size / archived


class Tidemark(TidemarkService):
    """The embedded profile."""

    name, title = "tidemark", "Tidemark"

    def _start(self):
        self._serve()

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

    def disk_bytes_per_event(self, _events: int) -> float | None:
        return self.archive_bytes_per_event(self.data)

#!/usr/bin/env python3
"""Tidemark alone with very many events: loading them, questions, memory, disk, restart, rebuild.

    ./dev bench scale                       100 million events of 2 million users in 90 days;
                                            10 minutes, 8 GB of disk in the temporary folder
    ./dev bench scale --events 1000000      the same, smaller
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

# pylint: disable=wrong-import-position
from bench.side_by_side import figures, services  # noqa: E402
from bench.side_by_side.tidemark import Tidemark  # noqa: E402

PART = 10_000_000  # events of one import: a file of 2.3 GB


def arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench scale", description=__doc__.split("\n")[0])
    parser.add_argument("--events", type=int, default=100_000_000, help="[100000000]")
    parser.add_argument("--users", type=int, default=2_000_000, help="to choose from [2000000]")
    parser.add_argument("--days", type=int, default=90, help="that they lie in [90]")
    parser.add_argument("--times", type=int, default=5, help="each question is asked [5]")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the figures")
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "build/release/tidemark",
                        help=argparse.SUPPRESS)
    return parser.parse_args(given)


class Run:
    """One service, filled and then looked at; `found` has a figure for each thing measured."""

    def __init__(self, options: argparse.Namespace, service: Tidemark):
        self.options, self.service = options, service
        self.found: dict[str, float] = {}

    def note(self, what: str, figure: float):
        self.found[what] = figure
        print(f"{what:52} {figure:14,.3f}" if figure < 100 else f"{what:52} {figure:14,.0f}",
              flush=True)

    def generate(self, seed: int, events: int, out) -> subprocess.Popen:
        return subprocess.Popen(
            [self.options.binary, "generate", "--events", str(events), "--users",
             str(self.options.users), "--days", str(self.options.days), "--seed", str(seed)],
            stdout=out)

    def import_from(self, name: str, **more) -> dict:
        done = subprocess.run(
            [self.options.binary, "import", name, "--format", "ndjson", "--url", self.service.url,
             "--json"], stdout=subprocess.PIPE, check=True, **more)
        return json.loads(done.stdout)

    def load(self):
        """The first part from a file, which is what is timed; the rest through pipes."""
        left, seed = self.options.events, 1
        file = self.service.folder / "events.ndjson"
        first = min(left, PART)
        with open(file, "wb") as out:
            self.generate(seed, first, out).wait()
        told = self.import_from(str(file))
        file.unlink()
        self.note("import from NDJSON, events/s", told["accepted"] / told["seconds"])
        meter = figures.Meter(self.service.parts)
        begun = time.perf_counter()
        rest = left = left - first
        while left:
            seed += 1
            part = min(left, PART)
            with self.generate(seed, part, subprocess.PIPE) as generator:
                self.import_from("-", stdin=generator.stdout)
            left -= part
        figures.wait_until_idle(self.service.parts, 120)
        if rest:
            self.note("import of generated events, events/s", rest / (time.perf_counter() - begun))
            self.note("events per server CPU-second, archived", rest / meter.cpu())
        meter.stop()
        self.note("peak memory of the service while importing, MB", meter.peak_bytes / 1e6)

    def sizes(self):
        metrics = self.service.get("/metrics").decode()

        def metric(name: str) -> float:
            return float(re.search(rf"^{re.escape(name)} (\S+)$", metrics, re.M)[1])

        archived = metric("tidemark_position") - metric("tidemark_archive_lag_events")
        folder = self.service.folder / "data" / "archive"
        segments = sum(path.stat().st_size for path in folder.glob("*.parquet"))
        self.note("events", metric("tidemark_position"))
        self.note("users", metric("tidemark_rollup_users"))
        self.note("memory of the rollup, MB", metric('tidemark_view_bytes{view="rollup"}') / 1e6)
        self.note("memory of the service, MB",
                  figures.memory_bytes([self.service.process.pid]) / 1e6)
        if not archived:
            return
        self.note("memory of the archived ids, bytes each",
                  metric("tidemark_sealed_ids_bytes") / archived)
        self.note("disk: Parquet, bytes an event", segments / archived)
        self.note("disk: with the ids, bytes an event", figures.folder_bytes(folder) / archived)

    def questions(self):
        done = subprocess.run(
            [self.options.binary, "bench", "query", "--url", self.service.url, "--days",
             str(self.options.days), "--times", str(self.options.times), "--json"],
            stdout=subprocess.PIPE, text=True, check=True)
        for line in done.stdout.splitlines():
            told = json.loads(line)
            self.note(told["question"] + ": first ms", told["first_ms"])
            self.note(told["question"] + ": median ms", told["median_ms"])
            self.note(told["question"] + ": asked again ms", told["kept_ms"])

    def restart(self):
        self.note("kill -9: seconds until it takes and answers", self.service.kill_and_restart())

    def rebuild(self):
        self.service.end()
        begun = time.perf_counter()
        subprocess.run([self.options.binary, "rebuild", "--data-dir",
                        self.service.folder / "data"], stdout=subprocess.DEVNULL, check=True)
        self.note("rebuild of all views: seconds", time.perf_counter() - begun)


def main(given: list[str]) -> int:
    options = arguments(given)
    machine = figures.machine()
    print(f"{machine['cores']} cores of {machine['cpu']}, {machine['memory_gb']} GB, "
          f"load {machine['load_before']:.1f} before")
    with Tidemark(options.binary) as service:
        run = Run(options, service)
        for step in (run.load, run.sizes, run.questions, run.restart, run.rebuild):
            step()
    if options.json:
        options.json.write_text(json.dumps({"machine": machine, "figures": run.found}, indent=1)
                                + "\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (services.CannotRun, subprocess.CalledProcessError, urllib.request.URLError) as error:
        sys.exit(f"bench: {error}")

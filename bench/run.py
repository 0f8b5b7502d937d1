#!/usr/bin/env python3
"""Measures Tidemark, and its peers beside it, on the same data with the same load generator.

`./dev bench` builds what this needs and starts it; docs/benchmark.md says what is measured, how,
and what of it is fair.
"""

import argparse
import contextlib
import dataclasses
import datetime
import itertools
import json
import pathlib
import signal
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

# pylint: disable=wrong-import-position
from bench.side_by_side import figures, measure, plot, report, services  # noqa: E402
from bench.side_by_side.server_profile import TidemarkServer  # noqa: E402
from bench.side_by_side.tidemark import Tidemark  # noqa: E402

PARTS = ("ingest", "questions", "mixed")
SETTLE_SECONDS_MAX = 300
BESIDE = ("tidemark-server", *services.PEERS)


def say(text: str):
    print("==> " + text, file=sys.stderr, flush=True)


def arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.split("\n\n")[0])
    parser.add_argument("--quick", action="store_true", help="rougher, in some minutes")
    parser.add_argument("--peers", nargs="?", const=",".join(BESIDE), default="",
                        metavar="NAME,…", help="also " + ", ".join(BESIDE) + "; all unless some"
                        " are named")
    parser.add_argument("--parts", metavar="PART,…", help="some of " + ", ".join(PARTS))
    parser.add_argument("--without-tidemark", action="store_true", help="peers only")
    parser.add_argument("--batches", metavar="N,…",
                        help="events of a request [1,10,100,1000; quick 1,1000]")
    parser.add_argument("--seconds", type=float, help="of each load [20; quick 3]")
    parser.add_argument("--events", type=int, help="to ask about [10000000; quick 200000]")
    parser.add_argument("--prefilled", type=int, default=0, metavar="N",
                        help="ingest only, by those with a queue, into tables of N rows")
    parser.add_argument("--times", type=int, default=5, help="each question is asked")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the results")
    parser.add_argument("--add", action="store_true",
                        help="to what the JSON file has of earlier runs")
    parser.add_argument("--svg", type=pathlib.Path, metavar="FILE", help="draw the results")
    parser.add_argument("--draw", type=pathlib.Path, metavar="FILE",
                        help="measure nothing: table and drawing of a JSON file")
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "build/release/tidemark",
                        help=argparse.SUPPRESS)
    options = parser.parse_args(given)
    options.seconds = options.seconds or (3 if options.quick else 20)
    options.events = options.events or (200_000 if options.quick else 10_000_000)
    options.peers = [name for name in options.peers.split(",") if name]
    parts = options.parts or ("ingest" if options.prefilled else ",".join(PARTS))
    options.parts = parts.split(",")
    batches = options.batches or ("1,1000" if options.quick else "1,10,100,1000")
    options.batches = [int(batch) for batch in batches.split(",")]
    for known, named in ((BESIDE, options.peers), (PARTS, options.parts)):
        if unknown := [name for name in named if name not in known]:
            parser.error(f"expected some of {', '.join(known)}, received {', '.join(unknown)}")
    if options.add and not options.json:
        parser.error("--add needs --json FILE")
    return options


class Run:
    """Measures one system after the other and keeps what was found."""

    def __init__(self, options: argparse.Namespace, results: dict):
        self.options, self.results = options, results
        self.generator = measure.Generator(options.binary)

    def start(self, name: str) -> services.Service:
        if name == "tidemark":
            return Tidemark(self.options.binary)
        if name == "tidemark-server":
            return TidemarkServer(self.options.binary)
        return services.PEERS[name]()

    def note(self, name: str, service: services.Service) -> dict:
        system = self.results["systems"].setdefault(name, {})
        system.update(title=service.title, version=service.version or system.get("version", ""))
        return system

    def fault(self, name: str, doing: str, error: Exception):
        say(f"{name}: {doing}: {error}")
        system = self.results["systems"].setdefault(name, {"title": name})
        system.setdefault("faults", []).append(f"{doing}: {error}")

    def one_load(self, name: str, begin, load: measure.Load) -> dict | None:
        """On the service that `begin` begins."""
        how = f"open loop, {load.rate:,.0f} events/s" if load.rate else "closed loop"
        doing = f"batches of {load.batch}, {how}"
        say(f"{name}: {doing}")
        try:
            with begin() as service:
                system = self.note(name, service)
                row = measure.ingest(service, self.generator, load)
        except services.CannotRun as error:
            self.fault(name, doing, error)
            return None
        system.setdefault("ingest", []).append({**row, "prefilled": self.options.prefilled})
        return row

    def loads(self, name: str, begin):
        seeds = itertools.count(1)
        for batch in self.options.batches:
            load = measure.Load(batch, self.options.seconds, seed=next(seeds))
            row = self.one_load(name, begin, load)
            if not row:
                return  # it will not start the next time either
            half = max(row["stored_per_second"] / 2, batch)
            self.one_load(name, begin, dataclasses.replace(load, rate=half, seed=next(seeds)))

    def ingest(self, name: str):
        """Every load has a fresh service; but all have one where it is filled first."""
        if not self.options.prefilled:
            self.loads(name, lambda: self.start(name))
            return
        if name not in services.CAN_BE_FILLED:
            say(f"{name}: its tables cannot be filled first, left out")
            return
        service, begun = self.start(name), time.monotonic()
        service.prefilled = self.options.prefilled
        say(f"{name}: filling its tables with {service.prefilled:,} rows")
        try:
            with service:
                service.settle(SETTLE_SECONDS_MAX)  # views of these rows are made in the background
                say(f"{name}: filled and ready after {time.monotonic() - begun:,.0f} s")
                self.loads(name, lambda: contextlib.nullcontext(service))
        except services.CannotRun as error:
            self.fault(name, "filling its tables", error)

    def questions(self, name: str, file: pathlib.Path):
        say(f"{name}: {self.options.events:,} events, {len(services.QUESTIONS)} questions")
        try:
            with self.start(name) as service:
                found = measure.questions(service, file, self.options.times)
                self.note(name, service)["questions"] = found
        except services.CannotRun as error:
            self.fault(name, "questions", error)

    def mixed(self):
        row = next((row for row in self.results["systems"]["tidemark"].get("ingest", [])
                    if row["batch"] == max(self.options.batches) and row["loop"] == "closed"), None)
        rate = row["events_per_second"] / 2 if row else 200_000
        say(f"tidemark: questions while {rate:,.0f} events/s arrive")
        try:
            found = measure.mixed(self.generator, self.options.seconds, rate)
            self.results["systems"]["tidemark"]["mixed"] = {
                "events_per_second": rate, "latencies": found}
        except services.CannotRun as error:
            self.fault("tidemark", "mixed", error)

    def everything(self):
        systems = [] if self.options.without_tidemark else ["tidemark"]
        systems += self.options.peers
        for name in systems:
            known = self.results["systems"].get(name, {})
            self.forget(known)
            if "ingest" in self.options.parts and name in services.TAKES_EVENTS:
                self.ingest(name)
        if "questions" in self.options.parts:
            with tempfile.TemporaryDirectory(prefix="tidemark-bench-") as folder:
                pathlib.Path(folder).chmod(0o711)
                file = pathlib.Path(folder) / "events.ndjson"
                self.generator.make_file(file, self.options.events, self.options.events // 10)
                for name in systems:
                    if name in services.ANSWERS:
                        self.questions(name, file)
        self.compare()
        if "mixed" in self.options.parts and "tidemark" in systems:
            self.results["systems"].setdefault("tidemark", {"title": "Tidemark"})
            self.mixed()

    def forget(self, known: dict):
        """What an earlier run found, where this one looks again."""
        of_other_tables = [row for row in known.get("ingest", [])
                           if row.get("prefilled", 0) != self.options.prefilled]
        for part in (*self.options.parts, "faults"):
            known.pop(part, None)
        if of_other_tables:
            known["ingest"] = of_other_tables

    def compare(self):
        """Who answers quickly must answer the same."""
        systems = self.results["systems"]
        ours = systems.get("tidemark", {}).get("questions", {})
        for name, system in systems.items():
            theirs = system.get("questions", {})
            if not (ours and theirs) or ours is theirs or ours["events"] != theirs["events"]:
                continue
            system["differs"] = measure.different_answers(ours["answers"], theirs["answers"])
            for question in system["differs"]:
                say(f"{name} and tidemark differ: {question}")


def main(given: list[str]) -> int:
    options = arguments(given)
    results = {"systems": {}}
    source = options.draw or (options.json if options.add and options.json.exists() else None)
    if source:
        results = json.loads(source.read_text())
    if not options.draw:
        results["taken"] = datetime.date.today().isoformat()
        results["machine"] = figures.machine()
        results["options"] = {"quick": options.quick, "seconds": options.seconds,
                              "events": options.events, "times": options.times}
        try:
            Run(options, results).everything()
        finally:
            if options.json and results["systems"]:
                options.json.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    print(report.markdown(results))
    if options.svg:
        options.svg.write_text(plot.svg(results))
    return 1 if any(system.get("differs") for system in results["systems"].values()) else 0


if __name__ == "__main__":
    # An end that is asked for stops what was started, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))

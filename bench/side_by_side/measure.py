"""One measurement each: events in, questions, both at once."""

import contextlib
import dataclasses
import hashlib
import json
import pathlib
import subprocess
import time

from bench.side_by_side import figures
from bench.side_by_side.probe import Probe
from bench.side_by_side.services import CannotRun, Queued, Service

DAYS = 30


class Generator:
    """`tidemark bench`, which sends the same requests to everybody."""

    def __init__(self, binary: pathlib.Path):
        self.binary = binary

    def run(self, *arguments) -> list[dict]:
        done = subprocess.run([self.binary, "bench", *map(str, arguments), "--json"],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CannotRun("the load generator: " + done.stderr.strip().split("\n")[-1])
        return [json.loads(line) for line in done.stdout.splitlines()]

    def make_file(self, file: pathlib.Path, events: int, users: int):
        with open(file, "wb") as out:
            subprocess.run([self.binary, "generate", "--events", str(events), "--users",
                            str(users), "--days", str(DAYS)], stdout=out, check=True)


@contextlib.contextmanager
def metered(service: Service):
    meter = figures.Meter(service.parts)
    try:
        yield meter
    finally:
        meter.stop()


def parts_of(meter: figures.Meter) -> dict[str, dict]:
    return {name: {"cpu_seconds": seconds, "peak_memory_mb": meter.peak_bytes_of[name] / 1e6}
            for name, seconds in meter.cpu_of().items()}


@dataclasses.dataclass
class Load:
    batch: int
    seconds: float
    rate: float = 0  # events a second of the open loop; 0: closed
    seed: int = 1  # loads on one service need ids of their own

    def flags(self) -> list:
        loop = ["--rate", self.rate] if self.rate else []
        return ["--batch", self.batch, "--seconds", self.seconds, "--seed", self.seed, *loop]


def ingest(service: Service, generator: Generator, load: Load) -> dict:
    """Sends the load, then waits until all the work behind the answers is done: the queue empty,
    the archive written, the parts merged. An open loop is probed beside it."""
    patience = max(2.0, 5 * load.seconds)
    queued = isinstance(service, Queued)
    probe = Probe(service.url) if queued and load.rate else None
    with metered(service) as meter:
        before = service.stored() if queued else 0
        begun = time.monotonic()
        with probe or contextlib.nullcontext():
            row = generator.run("ingest", "--url", service.url, *load.flags(),
                                *service.generator_flags)[0]
        at_answer = meter.cpu()
        if row["refused"]:
            raise CannotRun(f"{row['refused']} of the load's requests were refused")
        stored, per_second = row["events"], row["events_per_second"]
        if queued:
            answered = row["events"] + (probe.acknowledged if probe else 0)
            now, since = service.wait_until_stored(before + answered, patience)
            stored = now - before
            per_second = stored / (since - begun)
        service.settle(patience)
        parts, others = parts_of(meter), meter.others_cores()
    all_work = sum(part["cpu_seconds"] for part in parts.values())
    return {
        "batch": load.batch, "loop": "open" if load.rate else "closed",
        "asked_events_per_second": load.rate or None,
        "requests_per_second": row["requests_per_second"],
        "events_per_second": row["events_per_second"],
        "stored": stored,
        "stored_per_second": per_second,
        "events_per_cpu_second_at_answer": row["events"] / at_answer if at_answer else None,
        "events_per_cpu_second": stored / all_work if all_work else None,
        "p50_ms": row["p50_ms"], "p99_ms": row["p99_ms"], "p999_ms": row["p999_ms"],
        "missed": row["missed"], "peak_memory_mb": meter.peak_bytes / 1e6,
        "visible_at_answer": not queued,
        **(probe.delays() if probe else {}),
        "parts": parts,
        "others_cores": others,
    }


def questions(service: Service, file: pathlib.Path, times: int) -> dict:
    with metered(service) as meter:
        loaded = service.load(file)
        load_cpu = meter.cpu()
        answers = service.ask_all(DAYS, times)
        others = meter.others_cores()
    for told in answers.values():
        told["answer"] = digest(told.pop("rows"))
    return {
        "events": loaded["events"],
        "load_events_per_second": loaded["events"] / loaded["seconds"],
        "load_events_per_cpu_second": loaded["events"] / load_cpu if load_cpu else None,
        "disk_bytes_per_event": service.disk_bytes_per_event(loaded["events"]),
        "peak_memory_mb": meter.peak_bytes / 1e6,
        "others_cores": others,
        "answers": answers,
    }


def digest(rows: list[list]) -> str:
    """The same for the same answer, whether its numbers are numbers or text."""
    plain = [[str(value) for value in row] for row in rows]
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:16]


def different_answers(ours: dict, theirs: dict) -> list[str]:
    """The questions that two systems answered differently."""
    return [question for question in ours
            if question in theirs and ours[question]["answer"] != theirs[question]["answer"]]


def mixed(generator: Generator, seconds: float, rate: float) -> list[dict]:
    return generator.run("mixed", "--seconds", seconds, "--rate", round(rate))

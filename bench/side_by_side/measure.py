"""One measurement each: events in, questions, both at once."""

import contextlib
import hashlib
import json
import pathlib
import subprocess
import time

from bench.side_by_side import figures
from bench.side_by_side.services import CannotRun, Service

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


def ingest(service: Service, generator: Generator, batch: int, seconds: float,
           rate: float = 0) -> dict:
    """Sends for so long, closed loop or at `rate` events a second, then waits until all the work
    behind the answers is done: the queue empty, the archive written, the parts merged."""
    with metered(service) as meter:
        begun = time.monotonic()
        loop = ["--rate", rate] if rate else []
        row = generator.run("ingest", "--url", service.url, "--batch", batch, "--seconds", seconds,
                            *loop, *service.generator_flags)[0]
        at_answer = meter.cpu()
        if row["refused"]:
            raise CannotRun(f"{row['refused']} of the load's requests were refused")
        stored = service.wait_until_stored(row["events"], max(2.0, 5 * seconds))
        took, parts = time.monotonic() - begun, parts_of(meter)
        others = meter.others_cores()
    events, per_second = row["events"], row["events_per_second"]
    done = events if stored is None else stored
    all_work = sum(part["cpu_seconds"] for part in parts.values())
    return {
        "batch": batch, "loop": "open" if rate else "closed",
        "asked_events_per_second": rate or None,
        "requests_per_second": row["requests_per_second"],
        "events_per_second": per_second,
        "stored": done,
        "stored_per_second": per_second if stored is None else stored / took,
        "events_per_cpu_second_at_answer": events / at_answer if at_answer else None,
        "events_per_cpu_second": done / all_work if all_work else None,
        "p50_ms": row["p50_ms"], "p99_ms": row["p99_ms"], "p999_ms": row["p999_ms"],
        "missed": row["missed"], "peak_memory_mb": meter.peak_bytes / 1e6,
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

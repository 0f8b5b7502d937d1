#!/usr/bin/env python3
"""The benchmark runs, for both profiles and in seconds, and survives a peer that does not start.

usage: side_by_side_test.py TIDEMARK, the built program
"""

import contextlib
import hashlib
import http.server
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest
import uuid
import xml.etree.ElementTree as xml

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench import run, scale  # noqa: E402
from bench.side_by_side import figures, measure, plot, report, services  # noqa: E402
from bench.side_by_side.probe import LOOK_EVERY, Probe  # noqa: E402
from bench.side_by_side.server_profile import TidemarkServer  # noqa: E402
from bench.side_by_side.tidemark import Tidemark  # noqa: E402

BINARY = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 1 else None


def bench(*flags) -> tuple[int, str, str]:
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        code = run.main([*map(str, flags), "--binary", str(BINARY)])
    return code, out.getvalue(), errors.getvalue()


class WholeRun(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_many_events_are_loaded_asked_about_and_there_after_a_kill(self):
        file = self.folder / "scale.json"
        with contextlib.redirect_stdout(io.StringIO()):
            code = scale.main(["--events", "3000", "--users", "100", "--times", "1", "--json",
                               str(file), "--binary", str(BINARY)])
        self.assertEqual(code, 0)
        found = json.loads(file.read_text())["figures"]
        self.assertEqual(found["events"], 3000)
        self.assertLessEqual(found["users"], 100)
        for what in ("import from NDJSON, events/s", "retention x 30, active: median ms",
                     "kill -9: seconds until it takes and answers",
                     "rebuild of all views: seconds"):
            self.assertGreater(found[what], 0, what)

    def test_every_part_of_tidemark_is_in_table_json_and_drawing(self):
        file, drawing = self.folder / "r.json", self.folder / "r.svg"
        code, table, errors = bench("--seconds", 0.2, "--events", 3000, "--batches", "1,1000",
                                    "--times", 2, "--json", file, "--svg", drawing)
        self.assertEqual(code, 0, errors)
        system = json.loads(file.read_text())["systems"]["tidemark"]
        self.assertNotIn("faults", system, errors)
        self.assertEqual([(row["batch"], row["loop"]) for row in system["ingest"]],
                         [(1, "closed"), (1, "open"), (1000, "closed"), (1000, "open")])
        for row in system["ingest"]:
            for key in ("events_per_second", "events_per_cpu_second", "p50_ms", "peak_memory_mb"):
                self.assertGreater(row[key], 0, key)
        self.assertEqual(system["questions"]["events"], 3000)
        self.assertEqual(set(system["questions"]["answers"]), set(services.QUESTIONS))
        self.assertGreater(len(system["mixed"]["latencies"]), 1)
        for question in services.QUESTIONS:
            self.assertIn(question, table)
        xml.parse(drawing)
        # Drawn again from its file, the table is the same one.
        self.assertEqual(bench("--draw", file)[1], table)

    def test_the_server_profile_answers_the_same_and_tells_its_parts(self):
        file = self.folder / "r.json"
        code, table, errors = bench("--peers", "tidemark-server", "--parts", "ingest,questions",
                                    "--seconds", 0.3, "--events", 3000, "--batches", 10, "--times",
                                    1, "--json", file)
        self.assertEqual(code, 0, errors)
        systems = json.loads(file.read_text())["systems"]
        system = systems["tidemark-server"]
        self.assertNotIn("faults", system, errors)
        self.assertEqual(system["differs"], [])
        self.assertEqual(system["questions"]["events"], 3000)
        for row in system["ingest"]:
            self.assertEqual(list(row["parts"]), ["serve", "worker", "Redis", "PostgreSQL"])
            self.assertGreater(row["stored"], 0)
        closed, opened = system["ingest"]
        self.assertNotIn("view_p50_ms", closed)
        self.assertGreater(opened["view_p99_ms"], 0)
        self.assertEqual(opened["view_unseen"], 0)
        self.assertIn("Tidemark, server profile: worker", table)

    def test_loads_on_filled_tables_stand_beside_those_on_empty_ones(self):
        file = self.folder / "r.json"
        flags = ["--without-tidemark", "--peers", "tidemark-server", "--parts", "ingest",
                 "--seconds", 0.3, "--batches", 10, "--json", file, "--add"]
        self.assertEqual(bench(*flags)[0], 0)
        code, table, errors = bench(*flags, "--prefilled", 1000)
        self.assertEqual(code, 0, errors)
        system = json.loads(file.read_text())["systems"]["tidemark-server"]
        self.assertNotIn("faults", system, errors)
        self.assertEqual([(row["prefilled"], row["loop"]) for row in system["ingest"]],
                         [(0, "closed"), (0, "open"), (1000, "closed"), (1000, "open")])
        for row in system["ingest"]:
            self.assertGreater(row["stored"], 0)
        self.assertIn("on 1,000 rows, batches of 10: stored", table)

    def test_a_peer_that_does_not_start_is_a_line_of_the_report(self):
        known = services.PEERS["duckdb"]
        self.addCleanup(services.PEERS.update, duckdb=known)
        ends = "echo Error: no such library >&2; echo bye >&2; exit 1"
        services.PEERS["duckdb"] = lambda: services.Peer("duckdb", "DuckDB", ["sh", "-c", ends])
        code, table, errors = bench("--without-tidemark", "--peers", "duckdb", "--parts",
                                    "questions", "--events", 10)
        self.assertEqual(code, 0)
        self.assertIn("duckdb: questions: Error: no such library", table + errors)

    def test_another_answer_is_told_and_fails_the_run(self):
        file = self.folder / "r.json"
        def system(digest):
            return {"title": "x", "questions": {"events": 1, "answers": {
                "dau": {"first_ms": 1, "median_ms": 1, "answer": digest}}}}
        results = {"systems": {"tidemark": system("a"), "duckdb": system("b")}}
        with contextlib.redirect_stderr(io.StringIO()):
            run.Run(run.arguments([]), results).compare()
        results["machine"], results["taken"] = figures.machine(), "2025-01-01"
        file.write_text(json.dumps(results))
        code, table, _ = bench("--draw", file)
        self.assertEqual(code, 1)
        self.assertIn("another answer", table)


class EventsSeenLate(http.server.ThreadingHTTPServer):
    """Takes every event, and finds it only when it is asked for the second time."""

    def __init__(self):
        self.asked: list[str] = []
        self.asked_twice = threading.Event()
        super().__init__(("127.0.0.1", 0), self.Answers)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.loop = threading.Thread(target=self.serve_forever)

    class Answers(http.server.BaseHTTPRequestHandler):
        def answer(self, status: int):
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(202)

        def do_GET(self):
            seen = self.path in self.server.asked
            self.server.asked.append(self.path)
            if seen:
                self.server.asked_twice.set()
            self.answer(200 if seen else 404)

        def log_message(self, *_):
            pass

    def __enter__(self):
        self.loop.start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.loop.join()
        self.server_close()


class Parts(unittest.TestCase):
    def test_a_service_leaves_nothing_behind(self):
        with Tidemark(BINARY) as service:
            folder, process = service.folder, service.process.pid
            self.assertIn(process, figures.tree(os.getpid()))
        self.assertFalse(folder.exists())
        self.assertNotIn(process, figures.tree(os.getpid()))

    def test_a_program_that_never_listens_says_why(self):
        with self.assertRaisesRegex(services.CannotRun, "without a word"):
            with Tidemark(pathlib.Path("/bin/true")):
                pass

    def test_all_of_the_server_profile_ends_with_it(self):
        with TidemarkServer(BINARY) as service:
            folder, parts = service.folder, service.parts
            living = figures.tree(os.getpid())
            for part, (process,) in parts.items():
                self.assertIn(process, living, part)
        self.assertFalse(folder.exists())
        living = figures.tree(os.getpid())
        for part, (process,) in parts.items():
            self.assertNotIn(process, living, part)

    def test_a_ledger_that_was_filled_is_one_that_workers_could_have_written(self):
        service = TidemarkServer(BINARY)
        service.prefilled = 12_345  # no whole number of batches
        with service:
            self.assertEqual(service.stored(), 12_345)
            types = "/stats/top-events?from=2025-03-03&to=2025-05-31&engine="
            told = [json.loads(service.get(types + engine))["data"]
                    for engine in ("rollup", "columnar", "postgres")]
            self.assertEqual(sum(row["count"] for row in told[0]), 12_345)
            self.assertEqual(told[0], told[1])
            self.assertEqual(told[0], told[2])
            first = uuid.UUID(bytes=hashlib.md5((1).to_bytes(8, "big")).digest())
            event = json.loads(service.get(f"/events/{first}"))
            self.assertEqual(event["occurred_at"], "2025-03-03T00:00:00Z")

    def test_a_probe_counts_from_the_answer_until_the_event_is_there(self):
        with EventsSeenLate() as service:
            with Probe(service.url) as probe:
                service.asked_twice.wait(30)
            delays = probe.delays()
        self.assertGreaterEqual(probe.acknowledged, 1)
        self.assertEqual(delays["view_unseen"], 0)
        self.assertGreaterEqual(delays["view_p50_ms"], 1000 * LOOK_EVERY)

    def test_children_count_in_the_tree_of_their_parent(self):
        # The shell says when its child lives, and ends with its input.
        child = subprocess.Popen(["sh", "-c", "exec 3<&0; cat <&3 & echo; wait"],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        child.stdout.readline()
        try:
            self.assertEqual(len(figures.tree(child.pid)), 2)
            self.assertGreater(figures.memory_bytes(figures.tree(child.pid)), 0)
        finally:
            child.communicate()

    def test_each_part_of_a_system_has_a_row_of_its_own(self):
        row = {"batch": 1, "loop": "closed", "stored": 1000, "parts": {
            "front": {"cpu_seconds": 0.002, "peak_memory_mb": 80},
            "back": {"cpu_seconds": 0.05, "peak_memory_mb": 1234}}}
        one = {"title": "One", "ingest": [{**row, "parts": {"all": row["parts"]["front"]}}]}
        several = {"title": "Several", "ingest": [row]}
        told = report.part_lines({"systems": {"tidemark": one, "fastapi": several}})
        self.assertEqual(told[1:], [["Several: front", "2.00 / 80"],
                                    ["Several: back", "50 / 1,230"]])

    def test_numbers_as_text_are_the_same_answer(self):
        self.assertEqual(measure.digest([["2025-06-01", 3]]), measure.digest([["2025-06-01", "3"]]))
        self.assertNotEqual(measure.digest([["a", 3]]), measure.digest([["a", 4]]))

    def test_figures_have_three_digits(self):
        self.assertEqual(report.count(1234567), "1,230,000")
        self.assertEqual(report.count(999), "999")
        self.assertEqual(report.rounded(0.123), "0.12")

    def test_a_drawing_without_results_is_a_drawing(self):
        xml.fromstring(plot.svg({"systems": {}, "machine": figures.machine(), "taken": "x"}))


if __name__ == "__main__":
    unittest.main()

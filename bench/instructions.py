#!/usr/bin/env python3
"""Counts the instructions of each part of parts_bench and compares them with instructions.json.

    bench/instructions.py PARTS_BENCH            fails where a part takes 30 % more than it did
    bench/instructions.py PARTS_BENCH --write    writes down what they take now

Instructions, because seconds depend on what else the machine does; callgrind, because it imitates
one processor everywhere, so that the same program takes the same path through its kernels.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

BASELINE = pathlib.Path(__file__).with_name("instructions.json")
ALLOWED = 1.30  # above it a change costs something that somebody should decide on


def count(program: str) -> dict[str, int]:
    """Instructions of one iteration of each benchmark, by its name."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--quiet", "--tool=callgrind", "--instr-atstart=no",
                   f"--callgrind-out-file={folder}/out", program]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        counted = {}
        for dump in sorted(pathlib.Path(folder).glob("out.*")):
            head = dump.read_text(errors="replace")
            name = re.search(r"^desc: Trigger: Client Request: (\S+)/iterations:(\d+)$", head, re.M)
            total = re.search(r"^(?:totals|summary): (\d+)", head, re.M)
            if name and total:
                counted[name[1]] = int(total[1]) // int(name[2])
        return counted


def compare(counted: dict[str, int], written: dict[str, int]) -> bool:
    fine = True
    for name in sorted(counted.keys() | written.keys()):
        now, before = counted.get(name), written.get(name)
        if now is None or before is None:
            verdict, fine = "only in one of the two: run with --write", False
        elif now > before * ALLOWED:
            verdict, fine = f"MORE THAN {ALLOWED:.2f} TIMES what it was", False
        elif now < before / ALLOWED:
            verdict = "less; run with --write to keep it so"
        else:
            verdict = "ok"
        ratio = f"{now / before:6.3f}" if now and before else "      "
        print(f"{name:24} {now or 0:>14,} {before or 0:>14,} {ratio}  {verdict}")
    return fine


def main() -> int:
    parser = argparse.ArgumentParser(description="instructions of the parts")
    parser.add_argument("program", help="the built parts_bench")
    parser.add_argument("--write", action="store_true", help="write the figures down")
    options = parser.parse_args()
    counted = count(options.program)
    if not counted:
        sys.exit("callgrind counted nothing: was the program built with callgrind.h?")
    if options.write:
        BASELINE.write_text(json.dumps(counted, indent=2, sort_keys=True) + "\n")
    written = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    return 0 if compare(counted, written) else 1


if __name__ == "__main__":
    sys.exit(main())

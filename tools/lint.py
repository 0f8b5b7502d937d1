#!/usr/bin/env python3
"""Runs clang-tidy over every source of ours.

usage: lint.py BUILD_FOLDER [--only PATH_PART]

BUILD_FOLDER holds a compile_commands.json of Clang without precompiled headers. What passed is
remembered in BUILD_FOLDER/passed, by a hash of the file, of every file of ours that it includes, of
its flags and of the rules; so a second run looks only at what changed. (run-clang-tidy remembers
nothing: each of its runs takes as long as the first, 17 minutes on 2 cores.)
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLANG_TIDY = "clang-tidy-19"
# A test is read less closely: what a check costs there is better spent on one test more.
NOT_FOR_TESTS = "-misc-const-correctness,-performance-*,-readability-function-size"
# Over CLI11's headers, which every command includes, this check takes 19 of 30 s.
NOT_FOR_COMMANDS = "-performance-unnecessary-value-param"
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)


def is_test(path: pathlib.Path) -> bool:
    return path.name.endswith("_test.cpp") or path.parts[len(ROOT.parts)] in ("tests", "bench")


def included(path: pathlib.Path, known: dict) -> set:
    """Every file of ours that `path` includes, however deep."""
    found, waiting = set(), [path]
    while waiting:
        file = waiting.pop()
        if file not in known:
            text = file.read_text("utf-8")
            near = [base / name for name in INCLUDE.findall(text)
                    for base in (ROOT / "src", ROOT, file.parent)]
            known[file] = (hashlib.sha256(text.encode()).hexdigest(),
                           {each.resolve() for each in near if each.is_file()})
        for each in known[file][1] - found - {path}:
            found.add(each)
            waiting.append(each)
    return found


class Check:
    """One command over one file."""

    def __init__(self, path, command, rules, known):
        self.path, self.command = path, command
        content = [rules, " ".join(command).replace(str(ROOT), "")]
        for file in sorted({path, *included(path, known)}):
            content.append(f"{file.relative_to(ROOT)} {known[file][0]}")
        self.key = hashlib.sha256("\n".join(content).encode()).hexdigest()

    def run(self):
        begun = time.monotonic()
        done = subprocess.run(self.command, capture_output=True, text=True, cwd=ROOT)
        return done.returncode == 0, done.stdout + done.stderr, time.monotonic() - begun


def flags_of(entry) -> list:
    """The flags of a compile command, without compiler, warnings, input and output."""
    words = shlex.split(entry["command"])
    flags, skip = [], False
    for word in words[1 + max(i for i, w in enumerate(words) if re.search(r"clang\+\+", w)):]:
        if skip or word in ("-o", "-c"):
            skip = word == "-o"
        elif word != entry["file"] and not word.startswith("-W"):
            flags.append(word)
    return flags


def checks_of(build: pathlib.Path) -> list:
    entries = [entry for entry in json.loads((build / "compile_commands.json").read_text())
               if not pathlib.Path(entry["file"]).is_relative_to(build)]
    version = subprocess.run([CLANG_TIDY, "--version"], capture_output=True, text=True).stdout
    rules, known, checks = (ROOT / ".clang-tidy").read_text() + version, {}, []
    for entry in entries:
        path = pathlib.Path(entry["file"])
        left_out = NOT_FOR_TESTS if is_test(path) else ""
        if path.parent.name == "commands":
            left_out = NOT_FOR_COMMANDS
        checks.append(Check(path, [CLANG_TIDY, "--quiet", f"--checks={left_out}", str(path), "--",
                                   *flags_of(entry), "-w"], rules, known))
    return checks


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    build, begun = arguments.build.resolve(), time.monotonic()
    passed = build / "passed"
    passed.mkdir(exist_ok=True)

    checks = [check for check in checks_of(build) if arguments.only in str(check.path)]
    left = [check for check in checks if not (passed / check.key).exists()]
    failed, slowest = 0, []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(check.run): check for check in left}
        for number, future in enumerate(concurrent.futures.as_completed(running), 1):
            check, (good, output, seconds) = running[future], future.result()
            name = check.path.relative_to(ROOT)
            slowest.append((seconds, str(name)))
            if good:
                (passed / check.key).touch()
            else:
                failed += 1
                print(f"{output.rstrip()}\n", flush=True)
            if sys.stderr.isatty() or number % 25 == 0:
                print(f"lint: {number}/{len(left)} {name}", file=sys.stderr, flush=True)
    for seconds, name in sorted(slowest)[-3:]:
        print(f"lint: {seconds:.1f} s {name}", file=sys.stderr)
    print(f"lint: {len(checks)} checks, {len(checks) - len(left)} known to be good, "
          f"{failed} failed, {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

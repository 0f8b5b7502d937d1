#!/usr/bin/env python3
"""Counts the tests of a run, and tells each one that was skipped with its reason.

usage: skipped.py FOLDER, where GTEST_OUTPUT=xml:FOLDER/ has put a file for each test program
"""

import pathlib
import sys
import xml.etree.ElementTree as xml


def main() -> int:
    total, skipped, unreadable = 0, [], 0
    for file in sorted(pathlib.Path(sys.argv[1]).glob("*.xml")):
        try:
            cases = list(xml.parse(file).iter("testcase"))
        except xml.ParseError:
            print(f"skipped.py: {file.name} is cut short: its program died", file=sys.stderr)
            unreadable += 1
            continue
        total += len(cases)
        for case in cases:
            if (reason := case.find("skipped")) is not None:
                # GoogleTest writes `file:line`, a line break and the message.
                why = reason.get("message", "").strip().split("\n")[-1] or "no reason given"
                skipped.append(f"{case.get('classname')}.{case.get('name')}: {why}")
    for line in skipped:
        print(f"skipped: {line}")
    print(f"cases: {total} run or skipped, {len(skipped)} skipped")
    return 1 if unreadable else 0


if __name__ == "__main__":
    sys.exit(main())

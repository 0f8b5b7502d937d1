#!/usr/bin/env python3
"""Checks what no compiler does: the rules of the house that are easy to forget.

usage: tidy.py [ROOT]

Each rule is a function over the tracked files and yields (path, line, message). Where a file has a
reason to be different, the reason stands in EXCEPTIONS; that list may only shrink.
"""

import functools
import pathlib
import re
import subprocess
import sys
from collections import Counter

LINES_MAX = {".hpp": 300, ".cpp": 500, ".py": 500, ".cmake": 300, ".sh": 300}
COLUMNS_MAX = 100
FOLDER_FILES_MAX = 25

# (rule, path): why.
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("sizes", "src/http/endpoint.hpp"):
        "one declaration gives routing, reading, checks and OpenAPI: templates over one list",
    ("sizes", "src/http/parameter.hpp"):
        "the readers of each type of parameter, which are templates too",
    ("names", "src/http/openapi.hpp"):
        "`info` is OpenAPI's own word for what its document opens with",
    ("namespaces", "src/api/parameters.cpp"):
        "teaches http's readers the words of query, so it stands in http's namespace",
}

# A library's headers are met in one part only; tests and bench are free.
LIBRARIES = {
    "boost/asio": "http",
    "boost/beast": "http",
    "boost/json": "http",
    "boost/uuid": "wire",
    "CLI": "app",
    "toml++": "config",
    "spdlog": "telemetry",
    "prometheus": "telemetry",
    "duckdb.h": "clients/duckdb",
    "hiredis": "clients/redis",
    "openssl": "clients/redis",
    "libpq-fe.h": "clients/postgres",
    "sodium.h": "access",
    "sqlite3.h": "clients/sqlite",
    "lz4.h": "ingest",
    "absl": "event",
    "simdjson.h": "wire",
    "xxhash.h": "base",
    "zlib.h": "wire",
    "zstd.h": "wire",
}

# (library, another part that meets it): why.
MET_TWICE: dict[tuple[str, str], str] = {
    ("boost/json", "app"): "the commands read what a running service answers",
    ("boost/json", "catalog"): "lists in its rows, and http is no part of what the catalog is",
    ("openssl", "http"): "the server speaks TLS; the connection to Redis does as a client",
    ("zlib.h", "http"): "http compresses answers, wire undoes what requests were compressed with",
}

# Of the C library and the processor, which every part may use.
SYSTEM_HEADER = re.compile(
    r"(?:sys|netinet|arpa|linux)/\w+\.h|"
    r"(?:dirent|fcntl|malloc|poll|pthread|sched|signal|stdlib|unistd|\w+intrin)\.h")

BAD_TYPE_NAME = re.compile(
    r"\b(?:class|struct|concept|enum(?: class)?)\s+(\w*(?:Manager|Helper|Utils?|Impl|Data|Info))\b")
BAD_FOLDER = re.compile(r"(?:^|/)(utils?|common|misc|helpers?)/")
MACHINE_PATH = re.compile(r"(?<![\w.$}])/(?:work|root|home)/\w+")
SLEEP = re.compile(r"\b(?:sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(|\btime\.sleep\(")


# What a page names with a slash is a file of this tree where it ends so.
NAMED_SUFFIXES = {"case", "cjs", "cmake", "cpp", "hpp", "json", "md", "py", "sh", "sql", "svg",
                  "txt", "yml"}

# Names of files that no tree of ours has: where they are.
NOT_OF_THE_TREE: dict[str, str] = {
    "api/deps.py": "a project made with FastAPI, in CONTRIBUTING.md",
    "api/routes/items.py": "the same",
    "core/config.py": "the same",
    "datasets/TRUTH.md": "the folder that TIDEMARK_SHARED names",
    "src/x/y_test.cpp": "stands for any test",
    "tests/api/test_items.py": "a project made with FastAPI, in CONTRIBUTING.md",
    "x.cpp": "stands for any source",
    "x_test.cpp": "stands for any test",
}

# Who may write to the standard streams: the printing itself, a failed check (literals), an export
# (a file's bytes). The benchmarks of app/bench write figures and names of their own.
PRINTERS = {"src/app/commands/print.cpp", "src/base/check.cpp",
            "src/app/commands/export_output.cpp"}


def is_test(path: str) -> bool:
    return (bool(re.search(r"_(test|testing|test_support|for_test|fixture)\.[ch]pp$", path)) or
            path.startswith(("tests/", "bench/")))


def is_cpp(path: str) -> bool:
    return path.endswith((".hpp", ".cpp"))


LITERAL = re.compile(
    r'R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![\w])\'(?:\\.|[^\'\\\n])+\'', re.S)
COMMENT_OR_LITERAL = re.compile(r"//[^\n]*|/\*.*?\*/|" + LITERAL.pattern, re.S)


def without_comments(text: str) -> str:
    """Blanks comments and literals, keeping every position."""
    return COMMENT_OR_LITERAL.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def matches(pattern: re.Pattern, text: str):
    for found in pattern.finditer(text):
        yield text.count("\n", 0, found.start()) + 1, found


def sizes(files):
    for path, text in files.items():
        lines = text.count("\n")
        most = LINES_MAX.get(pathlib.PurePath(path).suffix, 0)
        if most and lines > most:
            yield path, lines, f"{lines} lines, at most {most}: split it"
        if most or path in ("dev", ".ci/run"):
            # A literal may be as long as what it says.
            measured = text
            if is_cpp(path):
                measured = LITERAL.sub(lambda found: '""' + "\n" * found[0].count("\n"), text)
            for number, line in enumerate(measured.split("\n"), 1):
                if len(line) > COLUMNS_MAX:
                    yield path, number, f"{len(line)} columns, at most {COLUMNS_MAX}"
    # A header and its source count as one, and tests not at all.
    rooms = {path.rpartition(".")[0] for path in files if is_cpp(path) and not is_test(path)}
    folders = Counter(room.rpartition("/")[0] for room in rooms)
    for folder, count in folders.items():
        if count > FOLDER_FILES_MAX:
            yield folder, 0, f"{count} files, at most {FOLDER_FILES_MAX}"


def names(files):
    for path, text in files.items():
        if found := BAD_FOLDER.search(path):
            yield path, 0, f"a folder named `{found[1]}` says nothing"
        if is_cpp(path):
            for line, found in matches(BAD_TYPE_NAME, without_comments(text)):
                yield path, line, f"`{found[1]}`: name what it is, not that it is something"


def leftovers(files):
    marks = re.compile(r"\bFIX" + r"ME\b|\bTO" + r"DO\b(?!\(#\d+\))|\bXX" + r"X\b")
    bare_nolint = re.compile(r"NOLINT(?:NEXTLINE|BEGIN|END)?(?!\w|\([\w.,* -]+\))")
    for path, text in files.items():
        if path.endswith(("tidy.py", "package-lock.json")):
            continue
        for line, found in matches(marks, text):
            yield path, line, f"`{found[0]}`: do it, or name its issue: TO" + "DO(#123)"
        if is_cpp(path):
            for line, _ in matches(bare_nolint, text):
                yield path, line, "NOLINT names its check and says why"


def machine_paths(files):
    for path, text in files.items():
        if path.endswith("tidy.py"):
            continue
        for line, found in matches(MACHINE_PATH, text):
            yield path, line, f"`{found[0]}` is a path of one machine"


def lock_files(files):
    for path, text in files.items():
        if path.endswith("package-lock.json"):
            for line, _ in matches(re.compile(r'"resolved"'), text):
                yield path, line, "names a host: remove `resolved`, the hash is enough"


def coroutines(files):
    """GCC 12 miscompiles a co_await inside ?:, &&, || and {}; and nothing may be left running."""
    for path, text in files.items():
        if not is_cpp(path):
            continue
        code = without_comments(text)
        for line, _ in matches(re.compile(r"\bdetached\b"), code):
            yield path, line, "`detached`: give it a completion handler that looks at the error"
        for found in re.finditer(r"\bco_await\b", code):
            start = max(code.rfind(mark, 0, found.start()) for mark in ";{}") + 1
            end = min(p for p in (code.find(mark, found.end()) for mark in ";{") if p >= 0)
            statement = code[start:end]
            opened = code[:start][-1:] == "{" and code[max(0, start - 9):start - 1]
            braced = opened and (not opened[-1].isspace() or
                                 re.search(r"(=|return|,|\()\s$", opened))
            if braced or re.search(r" (&&|\|\||\?) ", statement):
                line = code.count("\n", 0, found.start()) + 1
                yield path, line, "co_await inside ?:, &&, || or {}: await into a name first"
            if closure := closure_within(code, found.end()):
                line = code.count("\n", 0, closure) + 1
                yield path, line, "a closure within a co_await is destroyed twice: name it first"


def closure_within(code: str, start: int) -> int:
    """Where a closure begins in the expression awaited at `start`; 0 where there is none."""
    depth = 0
    for at in range(start, len(code)):
        if code[at] == "[" and not re.search(r"[\w)\]>]$", code[:at].rstrip()[-1:]):
            return at
        depth += (code[at] in "([{") - (code[at] in ")]}")
        if depth < 0 or (depth == 0 and code[at] == ";"):
            break
    return 0


def sleeps(files):
    for path, text in files.items():
        if is_test(path) and not path.startswith("bench/"):
            code = without_comments(text) if is_cpp(path) else text
            for line, found in matches(SLEEP, code):
                yield path, line, f"`{found[0].rstrip('( ')}` in a test: wait for the thing itself"


def prints(files):
    """What others said reaches a screen through app/commands/print.hpp, which makes it harmless."""
    raw = re.compile(r"\bstd::(?:cout|cerr|clog)\b|\b(?:f|v|vf)?printf\s*\(|\bf?puts\s*\(|"
                     r"\bf?putc(?:har)?\s*\(|\bperror\s*\(|\bstd(?:out|err)\b")
    for path, text in files.items():
        if not is_cpp(path) or is_test(path) or not path.startswith("src/"):
            continue
        if path in PRINTERS or path.startswith("src/app/bench/"):
            continue
        for line, found in matches(raw, without_comments(text)):
            yield path, line, f"`{found[0].rstrip('( ')}`: print through app/commands/print.hpp"


def libraries(files):
    """A library of others is met in one part only, so that it can be replaced."""
    foreign = re.compile(r"^#include <([^>]*[./][^>]*)>", re.M)
    for path, text in files.items():
        if not is_cpp(path) or is_test(path) or not path.startswith("src/"):
            continue
        for line, found in matches(foreign, text):
            if SYSTEM_HEADER.fullmatch(found[1]):
                continue
            library = next((each for each in LIBRARIES
                            if f"{found[1]}/".startswith(f"{each}/")), None)
            if not library:
                yield path, line, f"{found[1]}: say in LIBRARIES which part meets this library"
                continue
            parts = [LIBRARIES[library], *(part for each, part in MET_TWICE if each == library)]
            if not path.startswith(tuple(f"src/{part}/" for part in parts)):
                yield path, line, f"{found[1]} is met only in {', '.join(parts)}"


def headers(files):
    for path, text in files.items():
        if path.startswith("src/") and path.endswith(".hpp"):
            if not re.match(r"#pragma once\n\n///", text):
                yield path, 1, "a header opens with #pragma once and a `///` of what it gives"


def namespaces(files):
    for path, text in files.items():
        parts = path.split("/")
        if not is_cpp(path) or parts[0] != "src" or parts[-1] == "main.cpp":
            continue
        expected = "::".join(["tidemark", *parts[1:-1]])
        found = re.findall(r"^namespace (tidemark[\w:]*)", without_comments(text), re.M)
        if found and not any(f"{name}::".startswith(f"tidemark::{parts[1]}::") for name in found):
            yield path, 1, f"folder and namespace differ: expected {expected}"


def links(files):
    """What a page links, file and heading, exists, and so does every page that anything names."""
    link = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)")
    page = re.compile(r"(?<![\w/.-])docs/(?:[\w-]+/)*[\w-]+\.md\b")
    for path, text in files.items():
        if path.startswith("tools/tidy"):
            continue
        if path.endswith(".md"):
            for line, found in matches(link, without_fences(text)):
                target = (ROOT / path).parent / found[1]
                if not target.exists():
                    yield path, line, f"link to {found[1]}, which is not there"
                elif found[2] and found[2] not in anchors(
                        target.read_text("utf-8") if target.is_file() else text):
                    yield path, line, f"link to #{found[2]}: {found[1] or path} has no such heading"
        for line, found in matches(page, text):
            if not (ROOT / found[0]).exists():
                yield path, line, f"names {found[0]}, which is not there"


def without_fences(text: str) -> str:
    """Blanks the blocks of code of a page, keeping every line."""
    return re.sub(r"^ *```.*?^ *```", lambda block: "\n" * block[0].count("\n"), text,
                  flags=re.S | re.M)


def anchors(page: str) -> set[str]:
    """The names by which GitHub links the headings of a page."""
    found, seen = set(), Counter()
    for heading in re.findall(r"^#{1,6} +(.*?) *#*$", without_fences(page), re.M):
        shown = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        name = re.sub(r"[^\w\- ]", "", shown).replace(" ", "-")
        found.add(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return found


def named_files(files):
    """Every file that a page or a comment names exists: `src/x/y.cpp`, `x/y.cpp`, or `y.cpp`."""
    file = re.compile(r"(?<![\w/.<>{}*$~:-])((?:[\w-]+/)*[\w-]+(?:\.[\w-]+)*\.(\w+))"
                      r"(?![\w/*<{-])")
    place = re.compile(r"(?<![\w/.<>{}*$~:-])(?:bench|cmake|deploy|docs|src|tests|tools)/"
                       r"[\w/-]*[\w-](?![\w/*<{.…-])")
    code = re.compile(r"`[^`]+`")
    for path, text in files.items():
        if path.startswith("tools/tidy"):
            continue
        if path.endswith(".md"):
            spans, text = code, without_fences(text)
        elif is_cpp(path):
            spans = COMMENT_OR_LITERAL
        else:
            continue
        for line, span in matches(spans, text):
            if spans is COMMENT_OR_LITERAL and not span[0].startswith("/"):
                continue
            here = [(found[1], found.start()) for found in file.finditer(span[0])
                    if found[2] in ("cpp", "hpp", "md") or
                    ("/" in found[1] and found[2] in NAMED_SUFFIXES)]
            here += [(found[0], found.start()) for found in place.finditer(span[0])]
            for name, start in here:
                if name not in NOT_OF_THE_TREE and name not in tails_of_paths():
                    at = line + span[0].count("\n", 0, start)
                    yield path, at, f"names {name}, which is not there"


@functools.cache
def tails_of_paths() -> set[str]:
    """Each end by which a file or a folder can be named, files of C++ without their ending too."""
    tails = set()
    for path in repository_paths():
        parts = pathlib.PurePath(path).parts
        for length in range(1, len(parts) + 1):
            tails.add("/".join(parts[:length]))
        for start in range(len(parts)):
            tails.add("/".join(parts[start:]))
        if is_cpp(path):
            tails.add(path.rpartition(".")[0])
    return tails


def figures(files):
    """Alarms and dashboards ask for figures that there are, and each alarm is explained."""
    page = "docs/operating.md"
    literal = re.compile(r'"(tidemark_[a-z_]+)"')
    histogram = re.compile(r'histogram\(\s*"(tidemark_[a-z_]+)"')
    sources = [text for path, text in files.items()
               if path.startswith("src/") and is_cpp(path) and "metrics" in text]
    names = {name for text in sources for name in literal.findall(text)}
    ranges = {name for text in sources for name in histogram.findall(text)}
    series = names - ranges | {f"{name}_{kind}" for name in ranges
                               for kind in ("bucket", "sum", "count")}
    for path, text in files.items():
        known = series | names if path == page else series
        if path.startswith("deploy/") or path == page:
            for line, found in matches(re.compile(r"\btidemark_[a-z_]+"), text):
                if found[0] not in known:
                    yield path, line, f"{found[0]} is no figure of /metrics"
        if path.startswith("deploy/prometheus/"):
            for line, found in matches(re.compile(r"^ *- alert: (\w+)$", re.M), text):
                if not re.search(rf"^### {found[1]}$", files.get(page, ""), re.M):
                    yield path, line, f"{page} does not explain {found[1]}"


RULES = [sizes, names, leftovers, machine_paths, lock_files, coroutines, sleeps, prints, libraries,
         headers, namespaces, links, named_files, figures]
ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
ROOT = ROOT if ROOT.is_dir() else ROOT.parent.parent


def repository_paths() -> list[str]:
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True).stdout.decode()
    return [path for path in filter(None, listed.split("\0")) if (ROOT / path).is_file()]


def tracked_files() -> dict[str, str]:
    files = {}
    for path in repository_paths():
        try:
            files[path] = (ROOT / path).read_text("utf-8")
        except UnicodeDecodeError:
            continue
    return files


def main() -> int:
    files, faults, used = tracked_files(), 0, set()
    for rule in RULES:
        for path, line, message in rule(files):
            if (rule.__name__, path) in EXCEPTIONS:
                used.add((rule.__name__, path))
                continue
            faults += 1
            print(f"{path}:{line}: {message} [{rule.__name__}]")
    for rule, path in EXCEPTIONS.keys() - used:
        faults += 1
        print(f"tools/tidy.py: {path} needs no exception from {rule} any more: remove it")
    print(f"tidy: {len(files)} files, {faults} faults", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The server profile on this machine: a PostgreSQL and a Redis of its own, `serve` and `worker`.

    ./dev run --profile server [ARGUMENT…]    arguments go to `tidemark serve`

All data lies in ./tidemark-server (or TIDEMARK_SERVER_DIR). Ctrl-C ends all four. For a look, and
for developing: docs/operating.md tells of servers that are meant to stay.
"""

import contextlib
import os
import pathlib
import signal
import sys

from own_servers import CannotStart, Postgres, Process, Redis, migrate

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "build/release/tidemark"


def serve(folder: pathlib.Path, arguments: list[str]) -> int:
    """Until `serve` ends; then all else does."""
    with contextlib.ExitStack() as started:
        redis = started.enter_context(Redis(folder, "1gb"))
        postgres = started.enter_context(Postgres(folder))
        places = ["--journal", redis.url, "--ledger", postgres.url]
        migrate(PROGRAM, places)
        print(f"queue     {redis.url}\nledger    {postgres.url}\ndata      {folder}", flush=True)
        started.enter_context(Process([PROGRAM, "worker", *places], folder / "worker.log"))
        service = started.enter_context(Process(
            [PROGRAM, "serve", "--data-dir", folder / "serve", *places, *arguments], None))
        return service.process.wait()


def main(arguments: list[str]) -> int:
    folder = pathlib.Path(os.environ.get("TIDEMARK_SERVER_DIR", "tidemark-server")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # PostgreSQL's user must reach its own folder in it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        return serve(folder, arguments)
    except KeyboardInterrupt:
        return 0
    except CannotStart as error:
        sys.exit(f"run: {error}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

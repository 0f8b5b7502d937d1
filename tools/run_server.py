#!/usr/bin/env python3
"""The server profile on this machine: a PostgreSQL and a Redis of its own, `serve` and `worker`.

    ./dev run --profile server [ARGUMENT…]    arguments go to `tidemark serve`

All data lies in ./tidemark-server (or TIDEMARK_SERVER_DIR). Ctrl-C ends all four. For a look, and
for developing: docs/operating.md tells of servers that are meant to stay.
"""

import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "build/release/tidemark"
POSTGRES = pathlib.Path("/usr/lib/postgresql/15/bin")
START_SECONDS_MAX = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def as_user() -> list[str]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return []
    user = "postgres" if any(entry.pw_name == "postgres" for entry in pwd.getpwall()) else "nobody"
    return ["setpriv", f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups"]


class Servers:
    """Processes of ours, ended in the reverse order of their start."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.running: list[tuple[subprocess.Popen, signal.Signals]] = []

    def start(self, command: list, log: str | None, end=signal.SIGTERM, **more):
        # A session of its own: Ctrl-C is for us, who end them in order.
        out = open(self.folder / log, "ab") if log else None
        process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=out,
                                   stdin=subprocess.DEVNULL, start_new_session=True, **more)
        self.running.append((process, end))
        return process

    def redis(self) -> str:
        port = free_port()
        data = self.folder / "redis"
        data.mkdir(exist_ok=True)
        self.start(["redis-server", "--port", port, "--bind", "127.0.0.1", "--dir", data,
                    "--appendonly", "yes", "--appendfsync", "always",
                    "--no-appendfsync-on-rewrite", "no", "--maxmemory", "1gb",
                    "--maxmemory-policy", "noeviction", "--save", ""], "redis.log")
        wait_for(port, "Redis", self.folder / "redis.log")
        return f"redis://127.0.0.1:{port}"

    def postgres(self) -> str:
        port, data = free_port(), self.folder / "postgres"
        user = as_user()
        if not (data / "PG_VERSION").exists():
            data.mkdir(mode=0o700, exist_ok=True)
            if user:
                shutil.chown(data, user[1].partition("=")[2])
            subprocess.run([*user, POSTGRES / "initdb", "-D", data, "-A", "trust", "-U", "tidemark",
                            "-E", "UTF8", "--locale=C.UTF-8"], check=True, cwd="/",
                           stdout=subprocess.DEVNULL)
        # SIGINT is its "fast" end: it does not wait for clients.
        self.start([*user, POSTGRES / "postgres", "-D", data, "-p", port, "-k", "",
                    "-c", "listen_addresses=127.0.0.1"], "postgres.log", signal.SIGINT, cwd="/")
        wait_for(port, "PostgreSQL", self.folder / "postgres.log")
        return f"postgres://tidemark@127.0.0.1:{port}/postgres"

    def end(self):
        for process, end in reversed(self.running):
            if process.poll() is None:
                process.send_signal(end)
                process.wait()


def wait_for(port: int, name: str, log: pathlib.Path):
    until = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"run: {name} does not answer; its log: {log}")


def main(arguments: list[str]) -> int:
    folder = pathlib.Path(os.environ.get("TIDEMARK_SERVER_DIR", "tidemark-server")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # PostgreSQL's user must reach its own folder in it
    servers = Servers(folder)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        places = ["--journal", servers.redis(), "--ledger", servers.postgres()]
        migrated = None
        until = time.monotonic() + START_SECONDS_MAX
        while migrated is None or (migrated.returncode and time.monotonic() < until):
            migrated = subprocess.run([PROGRAM, "migrate", "up", *places], capture_output=True,
                                      text=True, check=False)
        if migrated.returncode:
            sys.exit("run: " + migrated.stderr.strip())
        print(f"queue     {places[1]}\nledger    {places[3]}\ndata      {folder}", flush=True)
        servers.start([PROGRAM, "worker", *places], "worker.log")
        service = servers.start([PROGRAM, "serve", "--data-dir", folder / "serve", *places,
                                 *arguments], None)
        return service.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        servers.end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

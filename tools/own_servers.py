"""A PostgreSQL 15 and a Redis 7 of our own, for a look and for measuring.

Each lies in a folder, listens on a free port of loopback, and has on its disk what it has
acknowledged. Used in a `with`, none runs after it.
"""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

BIN = pathlib.Path("/usr/lib/postgresql/15/bin")
ROLE = "tidemark"
START_SECONDS_MAX = 60
END_SECONDS_MAX = 300  # a large database writes for a while before it ends


class CannotStart(Exception):
    """A program that is not here, ends at once, or does not answer."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(command: list, **more) -> str:
    """What it prints. Errors: CannotStart with its own words."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False, **more)
    if done.returncode != 0:
        words = done.stderr.strip() or done.stdout.strip()
        raise CannotStart(f"{pathlib.Path(command[0]).name}: {words}")
    return done.stdout


class Process:
    """A program of ours, ended by its id.

    Promise: it runs when made; after `end` it does not.
    """

    def __init__(self, command: list, log: pathlib.Path | None, stop=signal.SIGTERM, **more):
        """Writes to `log`; without one, to where we do."""
        self.log, self._stop = log, stop
        with open(log, "ab") if log else contextlib.nullcontext() as out:
            try:
                # A session of its own: Ctrl-C is for us, who end them in order.
                self.process = subprocess.Popen(
                    [str(word) for word in command], stdin=subprocess.DEVNULL, stderr=out,
                    start_new_session=True, **{"stdout": out, **more})
            except OSError as error:
                raise CannotStart(f"{command[0]}: {error.strerror}") from error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        if self.process.poll() is not None:
            return
        self.process.send_signal(self._stop)
        try:
            self.process.wait(END_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def last_words(self) -> str:
        return self.log.read_text(errors="replace").strip()[-400:] if self.log else ""

    def _wait_until(self, command: list):
        """Until this succeeds, which is asked again and again."""
        until = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < until and self.process.poll() is None:
            if subprocess.run(command, capture_output=True, check=False).returncode == 0:
                return
            time.sleep(0.05)
        self.end()
        raise CannotStart(f"{self.process.args[0]} does not answer: {self.last_words()}")


class Redis(Process):
    """Its data in FOLDER/redis. A full memory refuses writes, and loses nothing.

    The file is written anew without compression: on a queue that costs more than it saves.
    """

    def __init__(self, folder: pathlib.Path, memory_max: str):
        port, data = free_port(), folder / "redis"
        data.mkdir(exist_ok=True)
        super().__init__(
            ["redis-server", "--bind", "127.0.0.1", "--port", port, "--dir", data, "--save", "",
             "--appendonly", "yes", "--appendfsync", "always", "--no-appendfsync-on-rewrite", "no",
             "--rdbcompression", "no",
             "--maxmemory", memory_max, "--maxmemory-policy", "noeviction"], folder / "redis.log")
        self.url = f"redis://127.0.0.1:{port}"
        self._wait_until(["redis-cli", "-e", "-p", str(port), "ping"])

    @staticmethod
    def version() -> str:
        return "Redis " + re.search(r"v=([0-9.]+)", run(["redis-server", "--version"]))[1]


class Postgres(Process):
    """Its data in FOLDER/postgres, made where there is none; others must be able to enter FOLDER.

    `settings` are of postgresql.conf; what they do not say is PostgreSQL's own, `fsync` and
    `synchronous_commit` on.
    """

    def __init__(self, folder: pathlib.Path, settings: dict[str, str] | None = None):
        if not (BIN / "postgres").exists():
            raise CannotStart("postgresql-15 is not installed")
        port, data = free_port(), folder / "postgres"
        # It refuses to run as root; then Debian's own user runs it.
        user = {"user": "postgres", "group": "postgres", "extra_groups": []}
        user = user if os.geteuid() == 0 else {}
        if not (data / "PG_VERSION").exists():
            self._make(data, user)
        settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "",
                    **(settings or {})}
        # SIGINT is its "fast" end: it does not wait for clients.
        super().__init__([BIN / "postgres", "-D", data,
                          *(f"--{name}={value}" for name, value in settings.items())],
                         folder / "postgres.log", signal.SIGINT, cwd=data, **user)
        self.url = f"postgres://{ROLE}@127.0.0.1:{port}/postgres"
        self._wait_until([BIN / "pg_isready", "--quiet", "--dbname", self.url])

    @staticmethod
    def _make(data: pathlib.Path, user: dict):
        data.mkdir(mode=0o700, exist_ok=True)
        if user:
            shutil.chown(data, "postgres", "postgres")
        run([BIN / "initdb", "-D", data, "-U", ROLE, "--auth=trust", "--encoding=UTF8",
             "--locale=C.UTF-8", "--no-instructions"], cwd=data, **user)

    @staticmethod
    def version() -> str:
        return "PostgreSQL " + re.search(r"\d[.\d]*", run([BIN / "postgres", "--version"]))[0]

    def sql(self, statements: str, **variables) -> str:
        """What psql prints of them, where `:name` is a variable. Errors: CannotStart with the first
        one that fails."""
        variables["ON_ERROR_STOP"] = 1
        given = [f"--variable={name}={value}" for name, value in variables.items()]
        return run([BIN / "psql", "-XAtq", *given, self.url], input=statements)


def migrate(program: pathlib.Path, places: list[str]):
    """Makes the ledger's tables. `places` are the flags that name the queue and the ledger."""
    run([program, "migrate", "up", *places])

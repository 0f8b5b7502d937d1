"""A PostgreSQL 15 of its own in a folder: no port, a socket within the folder, stopped with us."""

import os
import pathlib
import shutil
import signal
import subprocess

BIN = pathlib.Path("/usr/lib/postgresql/15/bin")
NAME = "tidemark"  # of the role and of the database

# Every index is paid for at ingest; these are what such tables have. `events_at` answers dau, mau
# and retention without touching the table.
SCHEMA = """
CREATE TABLE events (
    event_id    uuid PRIMARY KEY,
    occurred_at timestamptz NOT NULL,
    user_id     text NOT NULL,
    event_type  text NOT NULL,
    properties  jsonb NOT NULL
);
CREATE INDEX events_at ON events (occurred_at) INCLUDE (user_id);
CREATE INDEX events_type_at ON events (event_type, occurred_at) INCLUDE (user_id);
"""


def settings() -> dict[str, str]:
    """What a PostgreSQL of a team that knows it would have on this machine; nothing is unsafe."""
    megabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    return {
        "listen_addresses": "",
        "shared_buffers": f"{megabytes // 4}MB",
        "effective_cache_size": f"{megabytes // 2}MB",
        "work_mem": "128MB",
        "maintenance_work_mem": "512MB",
        "max_wal_size": "8GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "on",
        "random_page_cost": "1.1",
        "max_parallel_workers_per_gather": str(os.cpu_count()),
        # The defaults, written down because everything hangs on them:
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
    }


class PostgresServer:
    """Promise: runs when made, with the schema; `stop` ends it and all it started."""

    def __init__(self, folder: pathlib.Path):
        if not (BIN / "postgres").exists():
            raise FileNotFoundError("postgresql-15 is not installed")
        self.data = folder / "postgres"
        self.data.mkdir(parents=True)
        # It refuses to run as root; then Debian's own user runs it.
        self.user = {}
        if os.geteuid() == 0:
            shutil.chown(self.data, "postgres", "postgres")
            folder.chmod(0o711)
            self.user = {"user": "postgres", "group": "postgres", "extra_groups": []}
        self._run("initdb", "-D", self.data, "-U", NAME, "--auth=trust", "--encoding=UTF8",
                  "--locale=C.UTF-8", "--no-instructions")
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as conf:
            for name, value in settings().items():
                conf.write(f"{name} = '{value}'\n")
            conf.write(f"unix_socket_directories = '{self.data}'\n")
        self.log = open(folder / "postgres.log", "wb")
        self.process = subprocess.Popen([BIN / "postgres", "-D", self.data], cwd=self.data,
                                        stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log, **self.user)
        try:
            self._wait()
            self._run("createdb", "-h", self.data, "-U", NAME, NAME)
            self._run("psql", "-h", self.data, "-U", NAME, "-v", "ON_ERROR_STOP=1", "-c", SCHEMA)
        except Exception:
            self.stop()
            raise

    @property
    def address(self) -> str:
        return f"host={self.data} user={NAME} dbname={NAME}"

    def _wait(self):
        for _ in range(120):
            if self.process.poll() is not None:
                raise RuntimeError(f"PostgreSQL ended: see {self.log.name}")
            # Exits 0 as soon as connections are taken.
            asked = subprocess.run(["psql", "-h", self.data, "-U", NAME, "postgres", "-c", ""],
                                   capture_output=True, check=False)
            if asked.returncode == 0:
                return
            try:
                self.process.wait(0.25)
            except subprocess.TimeoutExpired:
                pass
        raise RuntimeError("PostgreSQL did not answer within 30 s")

    def _run(self, program: str, *arguments):
        done = subprocess.run([BIN / program, *map(str, arguments)], cwd=self.data,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False, **self.user)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr.strip() or done.stdout.strip()}")

    def stop(self):
        self.process.send_signal(signal.SIGINT)  # its "fast" shutdown
        self.process.wait()
        self.log.close()

"""PostgreSQL and Redis, with the same settings for everybody here who has one.

So nobody is measured over a server that is less durable or better set than another's.
"""

import os
import pathlib

from tools import own_servers

# More than a load leaves waiting: how fast it is taken is measured, and not when it is refused.
REDIS_MEMORY_MAX = "5gb"


def settings() -> dict[str, str]:
    """What a PostgreSQL of a team that knows it would have on this machine; nothing is unsafe."""
    megabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    return {
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


def postgres(folder: pathlib.Path) -> own_servers.Postgres:
    folder.chmod(0o711)  # PostgreSQL's user must reach its own folder in it
    return own_servers.Postgres(folder, settings())


def redis(folder: pathlib.Path) -> own_servers.Redis:
    return own_servers.Redis(folder, REDIS_MEMORY_MAX)

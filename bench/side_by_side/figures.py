"""What processes and the machine have used, as the kernel counts it; proc(5)."""

import os
import pathlib
import platform
import re
import resource
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")


def _stat(process: int) -> tuple[int, float]:
    """Parent and CPU-seconds, those of children that have ended included."""
    text = pathlib.Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    # The name in brackets may hold blanks; what follows it begins with field 3.
    fields = text.rpartition(")")[2].split()
    return int(fields[1]), sum(map(int, fields[11:15])) / TICKS


def tree(process: int) -> dict[int, float]:
    """CPU-seconds of a process and of all its descendants that live."""
    parents, seconds = {}, {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                parents[int(entry)], seconds[int(entry)] = _stat(int(entry))
            except (FileNotFoundError, ProcessLookupError):
                pass  # it has ended since
    ours, grown = {process}, True
    while grown:
        children = {child for child, parent in parents.items() if parent in ours} - ours
        ours |= children
        grown = bool(children)
    return {one: seconds[one] for one in ours if one in seconds}


def cpu_seconds(process: int) -> float:
    return sum(tree(process).values())


def memory_bytes(process: int) -> int:
    """Pages shared by several are counted once (PSS), so forked workers are not wronged."""
    total = 0
    for one in tree(process):
        try:
            text = pathlib.Path(f"/proc/{one}/smaps_rollup").read_text(encoding="utf-8")
            if found := re.search(r"^Pss:\s+(\d+)", text, re.M):
                total += int(found[1]) * 1024
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            pass
    return total


def folder_bytes(folder: pathlib.Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            if path.is_file():
                total += path.stat().st_size
        except FileNotFoundError:
            pass  # it went while we looked
    return total


def _machine_busy_seconds() -> float:
    with open("/proc/stat", encoding="utf-8") as stat:
        user, nice, system, _idle, _iowait, irq, softirq = map(int, stat.readline().split()[1:8])
    return (user + nice + system + irq + softirq) / TICKS


class Meter:
    """Measures a service between its making and `read`; memory is looked at twice a second.

    Threads: one of its own, until `stop`.
    """

    def __init__(self, process: int):
        self.process = process
        self.peak_bytes = 0
        self._begun = time.monotonic()
        self._cpu, self._machine = cpu_seconds(process), _machine_busy_seconds()
        self._children = self._own_cpu()
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look)
        self._watch.start()

    @staticmethod
    def _own_cpu() -> float:
        """Of this program and of the load generators that it has waited for."""
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in used)

    def _look(self):
        while True:
            self.peak_bytes = max(self.peak_bytes, memory_bytes(self.process))
            if self._over.wait(0.5):
                return

    def cpu(self) -> float:
        return cpu_seconds(self.process) - self._cpu

    def others_cores(self) -> float:
        """How many cores programs that do not belong to the run have used, on average."""
        busy = _machine_busy_seconds() - self._machine
        ours = self.cpu() + self._own_cpu() - self._children
        return max(0.0, busy - ours) / max(time.monotonic() - self._begun, 0.01)

    def stop(self):
        self._over.set()
        self._watch.join()


def wait_until_idle(process: int, seconds: float) -> bool:
    """Until the tree uses less than a twentieth of a core for half a second."""
    end, before = time.monotonic() + seconds, cpu_seconds(process)
    while time.monotonic() < end:
        time.sleep(0.5)
        now = cpu_seconds(process)
        if now - before <= 0.025:
            return True
        before = now
    return False


def machine() -> dict:
    about = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    named = re.search(r"^model name\s*: (.*)$", about, re.M)
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    model = named[1].strip() if named else platform.machine()
    return {"cpu": model, "cores": os.cpu_count(), "memory_gb": round(pages / 2**30, 1),
            "kernel": platform.release(), "load_before": os.getloadavg()[0]}

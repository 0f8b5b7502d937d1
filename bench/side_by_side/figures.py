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


Parts = dict[str, list[int]]  # what a system is made of: names, and their processes


def trees(parts: Parts) -> dict[str, dict[int, float]]:
    """By part, the CPU-seconds of its processes and of all their descendants that live."""
    children, seconds = {}, {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                parent, seconds[int(entry)] = _stat(int(entry))
                children.setdefault(parent, []).append(int(entry))
            except (FileNotFoundError, ProcessLookupError):
                pass  # it has ended since

    def family(process: int) -> list[int]:
        return [process, *(one for child in children.get(process, []) for one in family(child))]

    return {name: {one: seconds[one] for process in processes for one in family(process)
                   if one in seconds} for name, processes in parts.items()}


def tree(process: int) -> dict[int, float]:
    return trees({"": [process]})[""]


def cpu_seconds(parts: Parts) -> dict[str, float]:
    return {name: sum(seconds.values()) for name, seconds in trees(parts).items()}


def memory_bytes(processes) -> int:
    """Pages shared by several are counted once (PSS), so forked workers are not wronged."""
    total = 0
    for one in processes:
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
    """Measures a system between its making and `stop`; memory is looked at twice a second.

    Threads: one of its own, until `stop`.
    """

    def __init__(self, parts: Parts):
        self.parts = parts
        self.peak_bytes = 0  # of all parts together
        self.peak_bytes_of = dict.fromkeys(parts, 0)
        self._begun = time.monotonic()
        self._cpu, self._machine = cpu_seconds(parts), _machine_busy_seconds()
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
        took = 0.0
        # To count a large shared memory takes long: then it is looked at more rarely.
        while not self._over.wait(max(0.5, 20 * took) if took else 0):
            begun = time.monotonic()
            now = {name: memory_bytes(tree) for name, tree in trees(self.parts).items()}
            self.peak_bytes = max(self.peak_bytes, sum(now.values()))
            for name, size in now.items():
                self.peak_bytes_of[name] = max(self.peak_bytes_of[name], size)
            took = time.monotonic() - begun

    def cpu_of(self) -> dict[str, float]:
        return {name: seconds - self._cpu[name]
                for name, seconds in cpu_seconds(self.parts).items()}

    def cpu(self) -> float:
        return sum(self.cpu_of().values())

    def others_cores(self) -> float:
        """How many cores programs that do not belong to the run have used, on average."""
        busy = _machine_busy_seconds() - self._machine
        ours = self.cpu() + self._own_cpu() - self._children
        return max(0.0, busy - ours) / max(time.monotonic() - self._begun, 0.01)

    def stop(self):
        self._over.set()
        self._watch.join()


def wait_until_idle(parts: Parts, seconds: float) -> bool:
    """Until all together use less than a tenth of a core for half a second."""
    end, before = time.monotonic() + seconds, sum(cpu_seconds(parts).values())
    while time.monotonic() < end:
        time.sleep(0.5)
        now = sum(cpu_seconds(parts).values())
        if now - before <= 0.05:
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

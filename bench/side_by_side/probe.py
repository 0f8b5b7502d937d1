"""How long an event that was acknowledged takes until it is visible, looked at beside a load."""

import http.client
import json
import math
import threading
import time
import urllib.parse
import uuid

from bench.side_by_side.services import FIRST_DAY

EVERY = 0.1  # seconds between two events
LOOK_EVERY = 0.01  # and between two looks at first; later a tenth of what has passed
PATIENCE = 60


class Probe:
    """Posts single events and asks for each by its id until it is there.

    Promise: within a `with` one is posted every tenth of a second, however long earlier ones take.
    Threads: one that posts, and one for each event that is not seen yet.
    """

    def __init__(self, url: str):
        self._host = urllib.parse.urlsplit(url).netloc
        self._over = threading.Event()
        self._poster = threading.Thread(target=self._post)
        self._followers: list[threading.Thread] = []
        self._acknowledged: list[float] = []  # when
        self._delays: list[float] = []

    def __enter__(self):
        self._poster.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._poster.join()

    @property
    def acknowledged(self) -> int:
        return len(self._acknowledged)

    def delays(self) -> dict:
        """In milliseconds, once the last one is seen or given up."""
        for follower in self._followers:
            follower.join()
        seen = sorted(self._delays)
        return {"view_p50_ms": _percentile(seen, 0.5), "view_p99_ms": _percentile(seen, 0.99),
                "view_unseen": len(self._followers) - len(seen)}

    def _post(self):
        due = time.monotonic()
        while not self._over.wait(max(0.0, due - time.monotonic())):
            follower = threading.Thread(target=self._follow)
            follower.start()
            self._followers.append(follower)
            due += EVERY

    def _follow(self):
        connection = http.client.HTTPConnection(self._host, timeout=PATIENCE)
        try:
            self._time_one(connection)
        except (OSError, http.client.HTTPException):
            pass  # counts as unseen
        finally:
            connection.close()

    def _time_one(self, connection: http.client.HTTPConnection):
        event = {"event_id": str(uuid.uuid4()), "occurred_at": FIRST_DAY + "T00:00:00Z",
                 "user_id": "probe", "event_type": "probe"}
        headers = {"Content-Type": "application/json"}
        if _status(connection, "POST", "/events", json.dumps(event), headers) // 100 != 2:
            return
        begun = time.monotonic()
        self._acknowledged.append(begun)
        while time.monotonic() - begun < PATIENCE:
            if _status(connection, "GET", "/events/" + event["event_id"]) == 200:
                self._delays.append((time.monotonic() - begun) * 1000)
                return
            time.sleep(max(LOOK_EVERY, (time.monotonic() - begun) / 10))


def _status(connection: http.client.HTTPConnection, *request) -> int:
    connection.request(*request)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _percentile(sorted_values: list[float], share: float) -> float | None:
    if not sorted_values:
        return None
    return sorted_values[max(0, math.ceil(share * len(sorted_values)) - 1)]

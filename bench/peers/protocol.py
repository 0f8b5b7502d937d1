"""How bench/run.py talks to a peer: a line of JSON in, a line of JSON out.

A peer prints `{"ready": true, "version": …}`, with `url` where it takes events over HTTP and
`parts` (names, and the processes of each) where it is made of several. Then it answers
`{"do": "load" | "ask" | "stored" | "disk" | …}` until its input ends. A fault is answered with
`{"error": …}`.
"""

import json
import signal
import sys


def answer(peer, about: dict):
    """`peer` has a method for each thing that it can do, and `stop`."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who started us hears it, and ends us
    try:
        _say({"ready": True, **about})
        for line in sys.stdin:
            command = json.loads(line)
            try:
                _say(getattr(peer, command.pop("do"))(**command))
            except Exception as error:
                _say({"error": f"{type(error).__name__}: {error}"})
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        peer.stop()


def _say(message: dict):
    print(json.dumps(message), flush=True)

"""uvicorn with a process for each core on a free port, which is written to standard output."""

import os
import sys

import uvicorn
from uvicorn.supervisors import Multiprocess

if __name__ == "__main__":
    config = uvicorn.Config("bench.peers.fastapi.api:app", host="127.0.0.1", port=0, loop="uvloop",
                            http="httptools", access_log=False, log_level="warning",
                            workers=os.cpu_count(), backlog=1024,
                            timeout_keep_alive=75)  # at 5 s it closes on who is just sending
    listening = config.bind_socket()
    print(listening.getsockname()[1], flush=True)
    sys.stdout = sys.stderr
    Multiprocess(config, target=uvicorn.Server(config).run, sockets=[listening]).run()

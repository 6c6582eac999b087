#!/usr/bin/env python3
"""Stand-in for the agent and the API server, until their own image exists: what the cluster sees of them, no CI.

A job is a stream entry {"seconds": n} or {"until": key}: worked on for n seconds, or until the key exists.
A finished job is appended to the list raibid:test:finished as "<entry id> <pod name>".
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import redis

from generator import contract
from generator.contract import Environment

FINISHED: Final = f"{contract.KEY_PREFIX}test:finished"
_BLOCK_MILLISECONDS: Final = 500
_PAUSE_SECONDS: Final = 0.2


def connect() -> Any:
    """The queue. Typed Any: the image has Debian's redis-py, whose interface is older than the types."""
    variables = (Environment.REDIS_URL, Environment.REDIS_USERNAME, Environment.REDIS_PASSWORD)
    url, user, password = (os.environ[each] for each in variables)
    return redis.Redis.from_url(url, username=user, password=password, decode_responses=True, socket_timeout=5)


def answer_probes(port: int) -> ThreadingHTTPServer:
    """A server for the probes: healthy as long as it answers, ready while the queue does."""
    queue = connect()

    class Probes(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                if self.path == contract.READY_PATH:
                    queue.ping()
                self.send_response(200 if self.path in (contract.HEALTH_PATH, contract.READY_PATH) else 404)
            except redis.RedisError:
                self.send_response(503)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print nothing: probes come every few seconds."""

    return ThreadingHTTPServer(("", port), Probes)


class Agent:
    """Takes jobs from its pool's stream, one after the other, until it is told to stop."""

    def __init__(self) -> None:
        self.queue = connect()
        self.stream = os.environ[Environment.STREAM]
        self.group = os.environ[Environment.GROUP]
        self.name = os.environ[Environment.POD_NAME]
        self.stopping = False

    def run(self, *, one_job: bool) -> None:
        """Work, also through a restart of the queue, until SIGTERM or, with `one_job`, until a job is done."""
        while not self.stopping:
            try:
                self._ensure_group()
                while not self.stopping:
                    if self._next_job() and one_job:
                        return
            except redis.RedisError as error:
                print(f"queue: {error}", flush=True)
                time.sleep(_PAUSE_SECONDS)

    def _ensure_group(self) -> None:
        try:
            self.queue.xgroup_create(self.stream, self.group, id="0", mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    def _next_job(self) -> bool:
        """Do a job that was begun before the queue went away, else the next that comes; False if none came."""
        for position in ("0", ">"):
            found = self.queue.xreadgroup(self.group, self.name, {self.stream: position}, 1, _BLOCK_MILLISECONDS)
            for entry, job in [each for _stream, entries in found for each in entries]:
                self._work(entry, job)
                return True
        return False

    def _work(self, entry: str, job: dict[str, str]) -> None:
        print(f"{entry}: {job}", flush=True)
        end = time.monotonic() + float(job.get("seconds", 0))
        while time.monotonic() < end or ("until" in job and not self.queue.exists(job["until"])):
            time.sleep(_PAUSE_SECONDS)
        with self.queue.pipeline(transaction=True) as transaction:
            transaction.xack(self.stream, self.group, entry)
            transaction.xdel(self.stream, entry)
            transaction.rpush(FINISHED, f"{entry} {self.name}")
            transaction.execute()


def work() -> None:
    """The agent's container."""
    agent = Agent()
    signal.signal(signal.SIGTERM, lambda *_: setattr(agent, "stopping", True))
    threading.Thread(target=answer_probes(contract.AGENT_METRICS_PORT).serve_forever, daemon=True).start()
    agent.run(one_job=Environment.ONE_JOB in os.environ)


def serve() -> None:
    """The API server's container."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    answer_probes(contract.API_PORT).serve_forever()


if __name__ == "__main__":
    {"work": work, "serve": serve}[sys.argv[1]]()

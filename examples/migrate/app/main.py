"""Answers with what was in the SQLite files. `MAIN_DB_PATH` was the path of one; it is a connection string now."""

import json
import logging
import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg

MAIN = os.environ["MAIN_DB_PATH"]
STATS = os.environ["STATS_DB_PATH"]
PORT = int(os.environ["PORT"])

log = logging.getLogger("app")


def query(database: str, sql: str) -> list[tuple]:
    with psycopg.connect(database, connect_timeout=3) as connection:
        return connection.execute(sql).fetchall()


def summary() -> dict:
    users, active = query(MAIN, 'select count(*), count(*) filter (where is_active) from "user"')[0]
    days = query(STATS, "select count(*) from daily")[0][0]
    return {"users": users, "active": active, "days": days}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        try:
            if self.path == "/health":
                query(MAIN, "select 1")
                self.answer(200, {"status": "ok"})
            elif self.path == "/":
                self.answer(200, summary())
            else:
                self.answer(404, {"error": f"there is no {self.path}"})
        except psycopg.errors.UndefinedTable:
            self.answer(503, {"error": "the data are not here yet: `stackctl migrate run`"})
        except psycopg.OperationalError as error:
            log.error("the database does not answer: %s", error)
            self.answer(503, {"error": "the database does not answer"})

    def answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        if self.path != "/health":
            log.info(format, *args)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    server = ThreadingHTTPServer(("", PORT), Handler)
    # `shutdown` waits for the loop to end, so it can't be called from a handler that interrupts the loop.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    log.info("listening on %d", PORT)
    server.serve_forever()


if __name__ == "__main__":
    main()

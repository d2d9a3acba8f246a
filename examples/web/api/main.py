"""Answers with the books in the database, as JSON."""

import json
import logging
import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg

DATABASE_URL = os.environ["DATABASE_URL"]
PORT = int(os.environ["PORT"])

log = logging.getLogger("api")


def query(sql: str) -> list[tuple]:
    with psycopg.connect(DATABASE_URL, connect_timeout=3) as connection:
        return connection.execute(sql).fetchall()


def books() -> list[dict]:
    rows = query("select title, author, year from book order by year")
    return [{"title": title, "author": author, "year": year} for title, author, year in rows]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        try:
            if self.path == "/health":
                query("select 1")
                self.answer(200, {"status": "ok"})
            elif self.path == "/":
                self.answer(200, books())
            else:
                self.answer(404, {"error": f"there is no {self.path}"})
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
    server.server_close()
    log.info("stopped")


if __name__ == "__main__":
    main()

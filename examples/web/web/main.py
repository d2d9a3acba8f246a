"""A page made from what the api answers."""

import html
import json
import logging
import os
import signal
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

API_URL = os.environ["API_URL"]
TITLE = os.environ["TITLE"]
PORT = int(os.environ["PORT"])

log = logging.getLogger("web")

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<h1>{title}</h1>
<ul>
{items}
</ul>
</html>
"""


def page() -> str:
    with urllib.request.urlopen(API_URL, timeout=5) as response:
        books = json.load(response)
    items = "\n".join(
        f"<li>{html.escape(book['title'])}, {html.escape(book['author'])} ({book['year']})</li>" for book in books
    )
    return PAGE.format(title=html.escape(TITLE), items=items)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/health":
            self.answer(200, "ok\n")
        elif self.path == "/":
            try:
                self.answer(200, page())
            except (urllib.error.URLError, TimeoutError) as error:
                log.error("the api does not answer: %s", error)
                self.answer(502, "the api does not answer\n")
        else:
            self.answer(404, "not found\n")

    def answer(self, status: int, body: str) -> None:
        content = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
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

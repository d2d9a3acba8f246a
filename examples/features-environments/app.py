"""Serves a folder of the host, which differs between environments."""

import functools
import os
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

handler = functools.partial(SimpleHTTPRequestHandler, directory="/data/static")
ThreadingHTTPServer(("", int(os.environ["PORT"])), handler).serve_forever()

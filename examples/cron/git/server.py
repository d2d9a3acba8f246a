"""A git server for one repository: git's own CGI program behind a token.

Its first start makes the repository from ../repository. Whoever knows the token may clone and push.
"""

import hmac
import os
import shutil
import subprocess
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path("/srv/git")
NAME = "docker_test.git"
CONTENT = Path(__file__).parent.parent / "repository"
TOKEN = Path("/run/secrets/git_token")


def git(*arguments, **options):
    settings = ["-c", "user.name=demo", "-c", "user.email=demo@example.com", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *settings, *arguments], check=True, **options)


def make_repository():
    """Makes the repository beside its place, so that a start that is cut off leaves no half of one."""
    if (ROOT / NAME).exists():
        return
    tree, new = Path("/tmp/tree"), ROOT / ".new"
    for folder in (tree, new):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(CONTENT, tree)
    git("init", "--quiet", cwd=tree)
    git("add", "--all", cwd=tree)
    git("commit", "--quiet", "--message", "The first jobs", cwd=tree)
    git("clone", "--quiet", "--bare", str(tree), str(new))
    git("config", "http.receivepack", "true", cwd=new)
    new.rename(ROOT / NAME)


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/health":
            return self.answer(200, b"ok\n")
        self.do_POST()

    def do_POST(self):
        if not self.may_enter():
            return self.answer(401, b"the token is missing or wrong\n", {"WWW-Authenticate": 'Basic realm="git"'})
        path, _, query = self.path.partition("?")
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(ROOT),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "demo",
            "REMOTE_ADDR": self.client_address[0],
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        done = subprocess.run(["git", "http-backend"], input=self.body(), stdout=subprocess.PIPE, env=environment)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
        status = headers.pop("Status", "200" if head else "500")
        self.answer(int(status.split()[0]), content, headers)

    def may_enter(self):
        kind, _, value = self.headers.get("Authorization", "").partition(" ")
        if kind != "Basic":
            return False
        try:
            password = b64decode(value).partition(b":")[2]
        except ValueError:
            return False
        return hmac.compare_digest(password, TOKEN.read_bytes().rstrip())

    def body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def answer(self, status, content, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, form, *arguments):
        if self.path != "/health":
            print(f"{self.command} {self.path.partition('?')[0]} {arguments[1] if len(arguments) > 1 else ''}", flush=True)


if __name__ == "__main__":
    make_repository()
    ThreadingHTTPServer(("0.0.0.0", int(os.environ.get("PORT", "8080"))), Server).serve_forever()

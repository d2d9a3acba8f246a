"""Rendered by stackctl. Puts a tool into an image, if it is the one that stack.toml pins.

download.py NAME SOURCE TARGET ARCH=SHA256...

SOURCE is an address, in which {arch} is replaced, or a file. A .tar.gz, .tar.xz or .zip is unpacked; the tool is
the file in it that is called NAME.
"""

import hashlib
import io
import os
import pathlib
import ssl
import sys
import tarfile
import urllib.request
import zipfile

BUILD_CA = pathlib.Path("/run/secrets/build_ca")


def main():
    name, source, target, *sums = sys.argv[1:]
    arch = os.environ["TARGETARCH"]
    pinned = dict(item.split("=", 1) for item in sums)
    if arch not in pinned:
        sys.exit(
            f"error: {name} has no checksum for {arch}\n"
            f"hint: add it in stack.toml: [build.downloads.{name}.sha256] {arch} = \"…\""
        )
    content = read(source.replace("{arch}", arch))
    found = hashlib.sha256(content).hexdigest()
    if found != pinned[arch].lower():
        sys.exit(
            f"error: {name} for {arch} is not the file that stack.toml pins\n"
            f"  pinned {pinned[arch]}\n  found  {found}\n"
            f"hint: if the release was meant to change, correct [build.downloads.{name}] in stack.toml"
        )
    path = pathlib.Path(target) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(unpacked(name, source, content))
    path.chmod(0o755)


def read(source):
    if not source.startswith(("http://", "https://")):
        return pathlib.Path(source).read_bytes()
    context = ssl.create_default_context()
    if BUILD_CA.is_file() and BUILD_CA.stat().st_size:
        context.load_verify_locations(BUILD_CA)
    with urllib.request.urlopen(source, timeout=60, context=context) as answer:
        return answer.read()


def unpacked(name, source, content):
    if source.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.read(only(name, [n for n in archive.namelist() if n.split("/")[-1] == name]))
    if source.endswith((".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")):
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            members = [m for m in archive.getmembers() if m.isfile() and m.name.split("/")[-1] == name]
            return archive.extractfile(only(name, members)).read()
    return content


def only(name, found):
    if len(found) != 1:
        sys.exit(f"error: the archive has {len(found)} files called {name}, not one")
    return found[0]


main()

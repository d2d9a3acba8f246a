#!/usr/bin/env bash
#
# Gets what the build, the tests and the demo need, and nothing that is already there.
#
#   scripts/setup.sh [part…]
#
# build     a C compiler and linker
# engine    a Docker engine, started
# compose   the compose and buildx plugins of its client
# images    the base images, from their registry or else built from Debian packages
# git-servers  git's and OpenSSH's servers, for the tests of sync
# linters   what `make lint` runs, in .tools/
# postgres  PostgreSQL's server programs, for the tests that start a server of their own
# pgloader  what `make bench-migrate` measures against
# uv        the installer uv, for the tests that install with it
# schedulers  supercronic and yacron, for the tests that run jobs with them
# fuzz      a C++ compiler, for libFuzzer
# django    Django with its driver for PostgreSQL, for the test that moves a project of its to PostgreSQL
#
# With no part named: build, engine, compose, images and git-servers.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

for file in packages tools_venv build engine compose images git-servers linters postgres pgloader uv schedulers fuzz django; do
  # shellcheck source=/dev/null
  source "$root/scripts/setup/$file.sh"
done

# Only root's PATH has these folders on Debian, and dockerd and debootstrap are in them.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

parts=("$@")
(( $# )) || parts=(build engine compose images git-servers)
for part in "${parts[@]}"; do
  declare -F "setup_$part" >/dev/null \
    || fail "no part is called '$part'" "sed -n '3,20p' scripts/setup.sh"
done

# Two set-ups at once would both start an engine.
mkdir -p "${XDG_CACHE_HOME:-$HOME/.cache}"
exec {lock}>"${XDG_CACHE_HOME:-$HOME/.cache}/stackctl-setup.lock"
flock -n "$lock" || { say "waiting for another set-up to end"; flock "$lock"; }

for part in "${parts[@]}"; do
  "setup_$part"
done

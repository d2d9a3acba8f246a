#!/usr/bin/env bash
# The main job, end to end, on a real engine: examples/web from one stack.toml to a page in the browser.
#   scripts/demo.sh         set up, build, run, show
#   scripts/demo.sh clean   take the demo down, its data included
set -euo pipefail
cd "$(dirname "$0")/.."

demo=.demo/web
stackctl=$PWD/target/$(rustc -vV | sed -n 's/^host: //p')/release/stackctl

say() { printf '\n\033[1m==> %s\033[0m\n' "$*" >&2; }
run() { printf '\033[2m$ stackctl %s\033[0m\n' "$*" >&2; "$stackctl" -C "$demo" "$@"; }

clean() {
  [ -d "$demo" ] || { echo "nothing to clean: the demo is not here" >&2; exit 0; }
  [ -x "$stackctl" ] || build
  run down --volumes --yes-delete-data web
  rm -rf .demo
  echo "the demo and its data are gone" >&2
}

build() { make --no-print-directory build; }

# curl may be missing on a fresh machine, bash is not.
fetch() {
  local port=$1
  exec 3<>"/dev/tcp/127.0.0.1/$port"
  printf 'GET / HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
  sed '1,/^\r*$/d' <&3
  exec 3>&-
}

if [ "${1:-}" = clean ]; then clean; exit 0; fi

started=$SECONDS
say "1/4 building stackctl"
build

say "2/4 a project: a copy of examples/web in $demo"
mkdir -p "$demo"
cp -a examples/web/. "$demo"/
rm -rf "$demo"/rendered "$demo"/rendered-*
echo "stack.toml, $(wc -l <"$demo/stack.toml") lines; sources of two Python services; SQL that makes a table" >&2

say "3/4 stack.toml becomes a running stack"
run render
run up
run up
run status

say "4/4 what it answers"
for port in 8001 8002; do
  printf '\033[2m$ curl http://127.0.0.1:%s/\033[0m\n' "$port" >&2
  fetch "$port" | head -c 600
  echo
done

cat >&2 <<TXT

The stack is up after $((SECONDS - started)) s. What happened:
  - stack.toml was checked and rendered to $demo/rendered: compose.yaml, Dockerfiles, SQL, PostgreSQL's configuration;
    passwords were made up and kept in $demo/.stackctl, readable by their container and you only
  - images were built, the database came up and made its roles and table, the services followed in order
  - the second \`up\` found nothing to do

Try next, in $demo (stackctl is $stackctl):
  stackctl status                     what runs, and whether it is what stack.toml says
  stackctl logs api                   what a service prints
  edit stack.toml, stackctl diff      what that would change, and which containers it would recreate
  stackctl --env staging up           a second stack beside the first
Clean up with \`make demo-clean\`.
TXT

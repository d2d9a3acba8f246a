#!/usr/bin/env bash
# The main job, end to end, on a real engine: the jobs of examples/cron follow a git repository.
#   scripts/demo.sh         set up, build, run, show
#   scripts/demo.sh clean   take the demo down, its data included
set -euo pipefail
cd "$(dirname "$0")/.."

demo=.demo/cron
clone=.demo/docker_test
stackctl=$PWD/target/$(rustc -vV | sed -n 's/^host: //p')/release/stackctl
container=cron-demo-app-1
# How long anything may take before the demo gives up.
patience=180

say() { printf '\n\033[1m==> %s\033[0m\n' "$*" >&2; }
note() { printf '%s\n' "$*" >&2; }
quietly() { "$stackctl" -C "$demo" --env demo "$@"; }
run() { printf '\033[2m$ stackctl %s\033[0m\n' "$*" >&2; quietly "$@"; }
build() { make --no-print-directory build; }

clean() {
  [ -d .demo ] || { note "nothing to clean: the demo is not here"; exit 0; }
  [ -x "$stackctl" ] || build
  if [ -f "$demo/stack.toml" ]; then run down --volumes --yes-delete-data cron-demo; fi
  rm -rf .demo
  note "the demo and its data are gone"
}

# until_it WHAT COMMAND…: waits until the command succeeds, and fails with what it was that did not come.
until_it() {
  local what=$1 begun=$SECONDS
  shift
  until "$@"; do
    if (( SECONDS - begun > patience )); then
      note "error: after $patience s still not: $what"
      note "hint: $stackctl -C $demo --env demo status"
      exit 1
    fi
    sleep 0.2
  done
  note "  ✓ after $((SECONDS - begun)) s: $what"
}

sql() { quietly exec postgres psql -U postgres -d cron -Atc "$1"; }
started() { docker inspect --format '{{.State.StartedAt}}' "$container"; }
# Whole texts are read before they are searched: a reader that leaves early would break the writer's pipe.
has() { [[ $1 == *"$2"* ]]; }
job_ran() { has "$(quietly jobs history "$1")" ok; }
logs_have() { has "$(quietly logs app --tail 50)" "$1"; }
status_has() { has "$(quietly jobs status 2>&1 || true)" "$1"; }
status_is_well() { quietly jobs status >/dev/null 2>&1; }
latest_run() { quietly jobs history hello.py --limit 1 --format json; }
ran_since() { [ "$(latest_run)" != "$1" ]; }

# push MESSAGE: what a developer does on his own machine.
push() {
  printf '\033[2m$ git commit -am "%s" && git push\033[0m\n' "$1" >&2
  git -C "$clone" --no-pager diff --unified=0 | grep '^[+-]' | sed 's/^/  /' >&2
  git -C "$clone" commit --quiet --all --message "$1"
  git -C "$clone" push --quiet
}

clone_repository() {
  rm -rf "$clone"
  # The token is read from its file each time, so that it stands in no argument and in no setting of git.
  local helper="!f() { echo username=robot; echo \"password=\$(cat '$PWD/$demo/secrets/git_token')\"; }; f"
  git -c credential.helper= -c credential.helper="$helper" \
    clone --quiet http://127.0.0.1:8018/docker_test.git "$clone"
  git -C "$clone" config --add credential.helper ""
  git -C "$clone" config --add credential.helper "$helper"
  git -C "$clone" config user.name demo
  git -C "$clone" config user.email demo@example.com
}

if [ "${1:-}" = clean ]; then clean; exit 0; fi
begun=$SECONDS

say "1/6 building stackctl"
build

say "2/6 a project: a copy of examples/cron in $demo, and its git server"
# A demo that was made before keeps its repository and data; it is taken down so that this one shows the same.
if [ -f "$demo/stack.toml" ]; then quietly down --volumes --yes-delete-data cron-demo; fi
rm -rf .demo
mkdir -p "$demo"
cp -a examples/cron/. "$demo"/
rm -rf "$demo"/rendered "$demo"/rendered-*
chmod 600 "$demo"/secrets/*
note "stack.toml, $(wc -l <"$demo/stack.toml") lines: PostgreSQL, a sync, and an app that runs what the repository holds"

say "3/6 stack.toml becomes a running stack"
run up --timeout 10m
run status
run jobs list

say "4/6 a job writes rows to PostgreSQL"
run jobs run-now populate
until_it "the job ended well" job_ran populate
note '$ select * from jobs.test_data'
sql "select * from jobs.test_data"

say "5/6 a commit changes code and schedule, and goes live in the running container"
before=$(started)
clone_repository
sed -i 's/hello at/good day at/' "$clone/app/scripts/hello.py"
sed -i 's|^\* \* \* \* \* \(.*hello.py\)|@every 1s \1|' "$clone/app/crontab.txt"
push "Say it in another way, and every second"
until_it "the new code runs by the new schedule" logs_have "good day at"
[ "$(started)" = "$before" ]
note "  ✓ the container was not restarted: it runs since $before"
run logs app --tail 3

say "6/6 a broken requirements.txt is refused, and what runs goes on"
echo 'no-such-package-of-anybody==1.0' >>"$clone/requirements.txt"
push "Use a package that does not exist"
until_it "status says why it is not used" status_has "no-such-package-of-anybody"
run jobs status || note "(it exits with $?: something needs a person)"
until_it "jobs still run, with the code and packages before" ran_since "$(latest_run)"
sed -i '/no-such-package/d' "$clone/requirements.txt"
push "Do without it"
until_it "all is well again" status_is_well
run status
[ "$(started)" = "$before" ]

cat >&2 <<TXT

The demo took $((SECONDS - begun)) s. What happened:
  - stack.toml became a stack: a database, a sync that keeps a volume equal to a repository behind a token, an app
    that installs the repository's requirements and runs its crontab
  - a push changed what runs: no image was built, no container restarted, no running job ended
  - a commit that can't be installed changed nothing, and status said so until the next one was good

Try next (stackctl is $stackctl, to be typed in $demo):
  stackctl --env demo jobs history              what ran and how it ended
  stackctl --env demo jobs rollback             back to the code, packages and schedule before
  stackctl --env demo logs --follow app         what jobs print
  in $clone: edit, commit, git push   your own change goes live
Clean up with \`make demo-clean\`.
TXT

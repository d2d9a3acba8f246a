#!/usr/bin/env bash
#
# Holds an image against the contract of the official postgres image, as far as stackctl and its
# users lean on it. The official image passes it too.
#
#   scripts/images/postgres-test.sh [IMAGE]

set -euo pipefail

image=${1:-postgres:15-bookworm}
prefix=stackctl-postgres-test-$$
dir=$(mktemp -d)
passed=0

clean_up() {
  local containers
  containers=$(docker ps --all --quiet --filter "name=^$prefix")
  # shellcheck disable=SC2086  # one word each
  [[ -z $containers ]] || docker rm --force --volumes $containers >/dev/null
  docker volume rm --force "$prefix" >/dev/null
  rm -rf "$dir"
}
trap clean_up EXIT

# check WHAT COMMAND…
check() {
  local what=$1 output
  shift
  if output=$("$@" 2>&1); then
    echo "ok: $what"
    passed=$(( passed + 1 ))
  else
    printf 'FAILED: %s\n%s\n' "$what" "$output"
    exit 1
  fi
}

equals() {
  [[ $1 == "$2" ]] || { printf 'got  %s\nwant %s\n' "$1" "$2"; return 1; }
}

# refuses TEXT DOCKER-RUN-ARGUMENT…: the container ends with status 1 and says TEXT.
refuses() {
  local text=$1 output status=0
  shift
  output=$(docker run --rm --name "$prefix-refused" "$@" 2>&1) || status=$?
  echo "$output"
  equals "$status" 1 && grep -q -- "$text" <<<"$output"
}

start() {
  local name=$1
  shift
  docker run --detach --name "$prefix-$name" "$@" >/dev/null
}

# The server of the set-up says that it is ready too, but listens on no address.
ready() {
  local line open=
  while read -r -t 60 line; do
    [[ $line != *'listening on IPv4'* ]] || open=1
    [[ -z $open || $line != *'ready to accept connections'* ]] || return 0
  done < <(docker logs --follow "$prefix-$1" 2>&1)
  docker logs "$prefix-$1"
  return 1
}

logged() {
  docker logs "$prefix-$1" 2>&1 | grep -- "$2"
}

inside() {
  local name=$1
  shift
  docker exec "$prefix-$name" "$@"
}

# query NAME USER DATABASE SQL, over the socket
query() {
  inside "$1" psql --no-psqlrc -tA -U "$2" -d "$3" -c "$4"
}

# login NAME PASSWORD USER DATABASE, over the network, as the loopback needs no password
login() {
  docker exec --env "PGPASSWORD=$2" "$prefix-$1" \
    sh -c 'psql -w -tA -h "$(hostname -i)" -U "$0" -d "$1" -c "SELECT 1"' "$3" "$4"
}

rejected() {
  ! login "$@"
}

stops_cleanly() {
  docker stop --time 20 "$prefix-$1" >/dev/null
  equals "$(docker inspect --format '{{.State.ExitCode}}' "$prefix-$1")" 0
}

### refusals, and commands that are no server

check "no password is refused" refuses POSTGRES_PASSWORD "$image"
check "both forms of the password are refused" refuses "both POSTGRES_PASSWORD\|POSTGRES_PASSWORD and" \
  --env POSTGRES_PASSWORD=a --env POSTGRES_PASSWORD_FILE=/etc/hostname "$image"
check "another command runs as it is" docker run --rm "$image" psql --version
check "asking for the version needs no password" docker run --rm "$image" postgres --version
check "so it does with a flag alone" docker run --rm "$image" --version
check "its own user, home and version" equals \
  "$(docker run --rm "$image" bash -c \
    'echo "$(id -u postgres):$(id -g postgres) $(getent passwd postgres | cut -d: -f6) $PG_MAJOR $PGDATA $LANG ${PG_VERSION:0:3}"')" \
  "999:999 /var/lib/postgresql 15 /var/lib/postgresql/data en_US.utf8 15."
check "the image's settings" equals \
  "$(docker image inspect --format '{{.Config.StopSignal}} {{.Config.Entrypoint}} {{.Config.Cmd}} {{.Config.ExposedPorts}} {{.Config.Volumes}}' "$image")" \
  "SIGINT [docker-entrypoint.sh] [postgres] map[5432/tcp:{}] map[/var/lib/postgresql/data:{}]"

### everything at once, started as root

mkdir "$dir/init"
cd "$dir/init"
cat >01-run.sh <<'END'
#!/bin/sh
exec psql -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c "CREATE TABLE steps (n serial, step text);
INSERT INTO steps (step) SELECT 'run ' || current_user || ' ' || current_database() || ' [' || current_setting('listen_addresses') || ']'"
END
chmod 755 01-run.sh
# Returning from a script is possible only where it is sourced.
cat >02-source.sh <<'END'
psql -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c "INSERT INTO steps (step) VALUES ('sourced')"
return 0
END
chmod 644 02-source.sh
step() { echo "INSERT INTO steps (step) VALUES ('$1');"; }
step sql >03.sql
step gz | gzip >04.sql.gz
docker run --rm --interactive "$image" xz -c >05.sql.xz < <(step xz)
docker run --rm --interactive "$image" zstd -qc >06.sql.zst < <(step zst)
echo nothing >07.txt
chmod 755 .
cd "$dir"
printf 'se cret' >password
printf 'app' >user
printf 'shop' >database
printf -- "--data-checksums --auth-local='trust'" >arguments
chmod 600 password

docker volume create "$prefix" >/dev/null
start full --volume "$prefix:/var/lib/postgresql/data" --volume "$dir/init:/docker-entrypoint-initdb.d:ro" \
  --volume "$dir:/given:ro" --env POSTGRES_PASSWORD_FILE=/given/password \
  --env POSTGRES_USER_FILE=/given/user --env POSTGRES_DB_FILE=/given/database \
  --env POSTGRES_INITDB_ARGS_FILE=/given/arguments --env POSTGRES_INITDB_WALDIR=/var/lib/postgresql/wal \
  "$image" -c work_mem=7MB
check "starts with everything given in files" ready full
check "says that it is set up" logged full '^PostgreSQL init process complete; ready for start up\.$'
check "runs the init files in order, before it listens" equals \
  "$(query full app shop "SELECT string_agg(step, ', ' ORDER BY n) FROM steps")" \
  "run app shop [], sourced, sql, gz, xz, zst"
check "ignores other files there" logged full 'ignoring /docker-entrypoint-initdb.d/07.txt'
check "takes initdb's arguments" equals "$(query full app shop 'SHOW data_checksums')" on
check "takes the server's arguments" equals "$(query full app shop 'SHOW work_mem')" 7MB
check "puts the log where it was told" inside full test -f /var/lib/postgresql/wal/000000010000000000000001
check "listens everywhere" equals "$(query full app shop 'SHOW listen_addresses')" '*'
check "sorts by its locale" equals "$(query full app shop \
  "SELECT datcollate FROM pg_database WHERE datname = 'shop'")" en_US.utf8
check "lets the password in" login full 'se cret' app shop
check "lets no other in" rejected full wrong app shop
check "runs as postgres" equals "$(inside full stat -c %U /proc/1)" postgres
check "keeps its data to itself" equals "$(inside full stat -c '%U %a' /var/lib/postgresql/data)" "postgres 700"
check "stops cleanly" stops_cleanly full

### what exists is left alone

docker rm "$prefix-full" >/dev/null
docker volume rm --force "$prefix" >/dev/null
docker volume create "$prefix" >/dev/null
start first --volume "$prefix:/var/lib/postgresql/data" --env POSTGRES_PASSWORD=first "$image"
check "starts with a password alone" ready first
check "stops cleanly again" stops_cleanly first
start second --volume "$prefix:/var/lib/postgresql/data" --env POSTGRES_PASSWORD=second \
  --env POSTGRES_DB=second --volume "$dir/init:/docker-entrypoint-initdb.d:ro" "$image"
check "starts on an existing cluster" ready second
check "says that it skips setting up" logged second 'Skipping initialization'
check "keeps the password of the first start" login second first postgres postgres
check "creates no database then" equals \
  "$(query second postgres postgres "SELECT count(*) FROM pg_database WHERE datname = 'second'")" 0

### locked down

start locked --user 999:999 --read-only --cap-drop ALL --security-opt no-new-privileges \
  --tmpfs /tmp --tmpfs /var/run/postgresql --env POSTGRES_PASSWORD=x \
  --volume "$dir/init:/docker-entrypoint-initdb.d:ro" "$image"
check "starts unprivileged on a read-only root" ready locked
check "runs the init files there too" equals "$(query locked postgres postgres 'SELECT count(*) FROM steps')" 6

start odd-user --user 12345:0 --tmpfs /data:mode=777 --env PGDATA=/data/pg --env POSTGRES_PASSWORD=x "$image"
check "starts as a user without a name" ready odd-user

start trust --env POSTGRES_HOST_AUTH_METHOD=trust "$image"
check "starts without a password where everybody is let in" ready trust
check "and lets everybody in" login trust '' postgres postgres

### errors in init files

mkdir "$dir/broken"
echo 'SELECT 1/0; CREATE TABLE after_the_error ();' >"$dir/broken/01.sql"
check "an error in an init file ends the start" \
  equals "$(docker run --name "$prefix-broken" --env POSTGRES_PASSWORD=x \
    --volume "$dir/broken:/docker-entrypoint-initdb.d:ro" "$image" >/dev/null 2>&1; echo $?)" 3

echo "$passed checks passed"

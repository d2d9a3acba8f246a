#!/usr/bin/env bash
#
# Starts PostgreSQL, after creating its cluster where there is none yet: what the official postgres
# image does, for the stand-in of it. Scripts in /docker-entrypoint-initdb.d may be sourced here, so
# no `set -u`: it is not theirs to expect.

set -Eeo pipefail

init_folder=/docker-entrypoint-initdb.d

# from_file NAME [DEFAULT]: lets NAME_FILE name a file with NAME's value.
from_file() {
  local name=$1 file_name=$1_FILE value=${2:-}
  if [[ -n ${!name:-} && -n ${!file_name:-} ]]; then
    echo >&2 "error: $name and $file_name are both set, give one of them"
    exit 1
  elif [[ -n ${!name:-} ]]; then
    value=${!name}
  elif [[ -n ${!file_name:-} ]]; then
    value=$(<"${!file_name}")
  fi
  export "$name=$value"
  unset "$file_name"
}

only_prints_something() {
  local argument
  for argument; do
    case $argument in
      -\? | --help | -V | --version | --describe-config) return 0 ;;
    esac
  done
  return 1
}

make_folders() {
  mkdir -p "$PGDATA" /var/run/postgresql ${POSTGRES_INITDB_WALDIR:+"$POSTGRES_INITDB_WALDIR"} || true
  chmod 700 "$PGDATA" || true
  chmod 3775 /var/run/postgresql || true
  if (( EUID == 0 )); then
    find "$PGDATA" /var/run/postgresql ${POSTGRES_INITDB_WALDIR:+"$POSTGRES_INITDB_WALDIR"} \
      ! -user postgres -exec chown postgres {} +
  fi
}

require_password() {
  if [[ $POSTGRES_HOST_AUTH_METHOD == trust ]]; then
    cat >&2 <<'END'
warning: POSTGRES_HOST_AUTH_METHOD is "trust": whoever reaches the port of this server
         is let in as any user, the superuser too, without a password.
END
  elif [[ -z $POSTGRES_PASSWORD ]]; then
    cat >&2 <<'END'
Error: Database is uninitialized, and no password is given for its superuser.
       Set POSTGRES_PASSWORD to one that is not empty, for example with
       "-e POSTGRES_PASSWORD=password" on "docker run".

       POSTGRES_HOST_AUTH_METHOD=trust lets everybody in without one. Do so only
       where nobody else can reach the server.
END
    exit 1
  fi
}

# initdb asks for the name of the user it runs as, which an arbitrary uid does not have.
lend_a_name() {
  ! getent passwd "$EUID" >/dev/null || return 0
  local library
  library=$(find /usr/lib -name libnss_wrapper.so -print -quit)
  NSS_WRAPPER_PASSWD=$(mktemp)
  NSS_WRAPPER_GROUP=$(mktemp)
  export LD_PRELOAD=$library NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
  local gid
  gid=$(id -g)
  echo "postgres:x:$EUID:$gid:PostgreSQL:$PGDATA:/bin/false" >"$NSS_WRAPPER_PASSWD"
  echo "postgres:x:$gid:" >"$NSS_WRAPPER_GROUP"
}

take_the_name_back() {
  [[ -n ${NSS_WRAPPER_PASSWD:-} ]] || return 0
  rm -f "$NSS_WRAPPER_PASSWD" "$NSS_WRAPPER_GROUP"
  unset LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
}

create_cluster() {
  local -a arguments
  lend_a_name
  # Words with quotes around them are one argument, as in a shell.
  eval "arguments=($POSTGRES_INITDB_ARGS)"
  [[ -z ${POSTGRES_INITDB_WALDIR:-} ]] || arguments+=(--waldir "$POSTGRES_INITDB_WALDIR")
  if [[ -n $POSTGRES_PASSWORD ]]; then
    initdb --username "$POSTGRES_USER" --pwfile <(printf '%s\n' "$POSTGRES_PASSWORD") "${arguments[@]}"
  else
    initdb --username "$POSTGRES_USER" "${arguments[@]}"
  fi
  take_the_name_back
}

# allow_hosts SERVER-ARGUMENT…
allow_hosts() {
  local method=$POSTGRES_HOST_AUTH_METHOD
  [[ -n $method ]] || method=$(postgres -C password_encryption "$@")
  printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
}

# Nobody outside the container may meet the server half set up, so it listens on its socket only.
start_for_setup() {
  local options
  printf -v options '%q ' "$@" -c listen_addresses= -p "${PGPORT:-5432}"
  PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -o "$options" -w start
}

stop_after_setup() {
  PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -m fast -w stop
}

# Runs SQL, from standard input if no file is named, and stops at the first error.
run_sql() {
  PGHOST='' PGHOSTADDR='' psql --no-psqlrc --no-password --set ON_ERROR_STOP=1 \
    --username "$POSTGRES_USER" "$@"
}

create_database() {
  local exists
  exists=$(run_sql --dbname postgres --set "name=$POSTGRES_DB" --tuples-only --no-align \
    <<<"SELECT 1 FROM pg_database WHERE datname = :'name';")
  [[ -n $exists ]] || run_sql --dbname postgres --set "name=$POSTGRES_DB" <<<'CREATE DATABASE :"name";'
}

run_init_files() {
  local init_file
  for init_file in "$init_folder"/*; do
    [[ -e $init_file ]] || continue
    case $init_file in
      *.sh)
        if [[ -x $init_file ]]; then
          echo "$0: running $init_file"
          "$init_file"
        else
          echo "$0: sourcing $init_file"
          # shellcheck source=/dev/null
          . "$init_file"
        fi
        ;;
      *.sql) echo "$0: running $init_file" && run_sql --dbname "$POSTGRES_DB" --file "$init_file" ;;
      *.sql.gz) echo "$0: running $init_file" && gunzip -c "$init_file" | run_sql --dbname "$POSTGRES_DB" ;;
      *.sql.xz) echo "$0: running $init_file" && xz -dc "$init_file" | run_sql --dbname "$POSTGRES_DB" ;;
      *.sql.zst) echo "$0: running $init_file" && zstd -dcq "$init_file" | run_sql --dbname "$POSTGRES_DB" ;;
      *) echo "$0: ignoring $init_file" ;;
    esac
    echo
  done
}

[[ ${1:-} != -* ]] || set -- postgres "$@"

if [[ ${1:-} == postgres ]] && ! only_prints_something "$@"; then
  # As root, who may be the only one to read such a file.
  from_file POSTGRES_PASSWORD
  from_file POSTGRES_USER postgres
  from_file POSTGRES_DB "$POSTGRES_USER"
  from_file POSTGRES_INITDB_ARGS
  : "${POSTGRES_HOST_AUTH_METHOD:=}"

  make_folders
  if (( EUID == 0 )); then
    exec gosu postgres "$0" "$@"
  fi

  if [[ -s $PGDATA/PG_VERSION ]]; then
    printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
  else
    require_password
    # A folder that cannot be read shall be known before there is a cluster.
    ls "$init_folder/" >/dev/null

    create_cluster
    allow_hosts "${@:2}"
    export PGPASSWORD=${PGPASSWORD:-$POSTGRES_PASSWORD}
    start_for_setup "${@:2}"
    create_database
    run_init_files
    stop_after_setup
    unset PGPASSWORD
    printf '\nPostgreSQL init process complete; ready for start up.\n\n'
  fi
fi

exec "$@"

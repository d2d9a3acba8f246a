#!/bin/sh
# Rendered by stackctl. Starts the image's own entrypoint.
#
# When an init file fails, or the host goes down while it runs, the image would take the half-made database for
# a whole one at the next start. The mark beside the data folder says that the database is not one yet. While it
# is there guard.sh keeps the server from starting, so nothing is lost when the folder is made again.
set -eu

if [ "${1:-}" = postgres ]; then
    folder=${PGDATA%/*}
    mark="$folder/first-start-unfinished"
    if [ -e "$mark" ]; then
        echo "stackctl: the first start did not finish; the data folder is made again" >&2
        rm -rf -- "${PGDATA:?}"
    fi
    if [ ! -s "$PGDATA/PG_VERSION" ]; then
        mkdir -p -- "$folder"
        : >"$mark"
    fi
    export PATH="/etc/postgresql/guard:$PATH"
fi

exec docker-entrypoint.sh "$@"

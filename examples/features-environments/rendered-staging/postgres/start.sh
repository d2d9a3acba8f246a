#!/bin/sh
# Rendered by stackctl. Starts the image's own entrypoint.
#
# When an init file fails, or the host goes down while it runs, the image would take the half-made database for
# a whole one at the next start. The mark beside the data folder says that they have not all run: guard.sh does
# not let the server start then, and the next start begins again. What was there is put aside until that succeeds,
# not removed. The last init file takes the mark away.
set -eu

if [ "${1:-}" = postgres ]; then
    folder=${PGDATA%/*}
    mark="$folder/first-start-unfinished"
    if [ -s "$folder/PG_VERSION" ]; then
        echo "stackctl: the volume holds a database that stackctl did not make, in $folder itself" >&2
        echo "hint: to go on with it, write \`[postgres.compose] environment = { PGDATA = \"$folder\" }\`" >&2
        exit 1
    fi
    if [ -e "$mark" ] && [ -d "$PGDATA" ]; then
        echo "stackctl: the first start did not finish; it begins again" >&2
        # The first of a row is kept: those after it were made from nothing by this script.
        if [ -e "$folder/unfinished" ]; then
            rm -rf -- "${PGDATA:?}"
        else
            mv -- "$PGDATA" "$folder/unfinished"
        fi
    fi
    if [ ! -s "$PGDATA/PG_VERSION" ]; then
        mkdir -p -- "$folder"
        : >"$mark"
    fi
    export PATH="/etc/postgresql/guard:$PATH"
fi

exec docker-entrypoint.sh "$@"

#!/bin/sh
# Rendered by stackctl. Starts the image's own entrypoint.
#
# When an init file fails, or the host goes down while it runs, the image would take the half-made database for
# a whole one at the next start. The mark beside the data folder says that they have not all run: guard.sh does
# not let the server start then, and the next start begins again. What was there is put aside until that succeeds,
# not removed. The last init file takes the mark away. Both names begin with the data folder's, so that they never
# speak of another one in the same volume.
set -eu

refuse() {
    echo "stackctl: $1" >&2
    echo "hint: $2" >&2
    exit 1
}

if [ "${1:-}" = postgres ]; then
    PGDATA=${PGDATA%/}
    export PGDATA
    mark="$PGDATA.first-start-unfinished"
    aside="$PGDATA.unfinished"
    folder=${PGDATA%/*}
    if [ -s "$folder/PG_VERSION" ]; then
        refuse "the volume holds a database that stackctl did not make, in $folder itself" \
            "to go on with it, write \`[postgres.compose] environment = { PGDATA = \"$folder\" }\`"
    fi
    if [ ! -e "$mark" ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
        # Nothing is made beside data or over them: they would be hidden, or lost.
        if [ -d "$PGDATA" ] && [ -n "$(ls -A -- "$PGDATA")" ]; then
            refuse "$PGDATA holds files but no PG_VERSION, so it is not a whole database" \
                "restore it from a backup; to begin with an empty one, move what is there away first"
        fi
        for version in /var/lib/postgresql/data/*/PG_VERSION /var/lib/postgresql/data/*/*/PG_VERSION; do
            other=${version%/PG_VERSION}
            case $other in *.unfinished) continue ;; esac
            if [ -s "$version" ]; then
                refuse "the volume holds another database, in $other, of PostgreSQL $(cat -- "$version")" \
                    "to go on with it, write its \`version\` under [postgres]; a new one needs another volume"
            fi
        done
    fi
    if [ -e "$mark" ] && [ -d "$PGDATA" ]; then
        echo "stackctl: the first start did not finish; it begins again" >&2
        # The first of a row is kept: those after it were made from nothing by this script.
        if [ -e "$aside" ]; then
            rm -rf -- "${PGDATA:?}"
        else
            mv -- "$PGDATA" "$aside"
        fi
    fi
    if [ ! -s "$PGDATA/PG_VERSION" ]; then
        mkdir -p -- "$folder"
        : >"$mark"
        # On disk before anything that it speaks of: without it a half-made database would count as whole.
        sync -- "$mark" "$folder"
    fi
    export PATH="/etc/postgresql/guard:$PATH"
fi

exec docker-entrypoint.sh "$@"

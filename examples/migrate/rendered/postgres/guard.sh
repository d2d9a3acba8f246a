#!/bin/sh
# Rendered by stackctl. Stands before the server in PATH, and lets it start only if the database was made to its
# end: as long as the mark is there, nobody may have written anything that the next start would throw away.
set -eu

PATH=${PATH#/etc/postgresql/guard:}
export PATH

for word in "$@"; do
    case $word in
        # Questions that the image asks while it makes the database.
        -C | -V | --version | --help | --describe-config) exec postgres "$@" ;;
    esac
done

if [ -e "${PGDATA%/}.first-start-unfinished" ]; then
    echo "stackctl: the init files did not run to their end, so the server is not started; the next start begins again" >&2
    exit 1
fi

exec postgres "$@"

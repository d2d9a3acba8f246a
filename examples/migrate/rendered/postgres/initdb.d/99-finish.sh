#!/bin/sh
# Rendered by stackctl. Ends the first start.
set -eu

# Once more, so that what the init files made gets its owners.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username 'postgres' --dbname 'migrate' \
    --file '/docker-entrypoint-initdb.d/10-access.sql'

# On disk before the server takes anything: a mark that came back after a power cut would put the data aside.
PGDATA=${PGDATA%/}
folder=${PGDATA%/*}
rm -f -- "$PGDATA.first-start-unfinished"
sync -- "$folder"
rm -rf -- "$PGDATA.unfinished"

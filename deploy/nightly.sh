#!/bin/sh
# Runs `likewise reindex` once a day at $REINDEX_AT (UTC), for a machine whose only scheduler is this container.
# Its log holds one JSON line and one exit code a run; a failed run is told there and tried again the next day.
set -eu
at=${REINDEX_AT:-03:00}
child=

stop() {
    if [ -n "$child" ]; then
        # A run that is stopped leaves the current version as it is; the next one goes on where it was.
        kill "$child" 2>/dev/null || true
        wait "$child" 2>/dev/null || true
    fi
    exit 0
}
trap stop TERM INT

while :; do
    seconds=$(( ($(date -u -d "tomorrow $at" +%s) - $(date +%s)) % 86400 ))
    echo "next reindex at $at UTC, in $seconds s"
    sleep "$seconds" &
    child=$!
    wait "$child"
    likewise reindex "${CATALOG_FOLDER:-/catalog}" --json &
    child=$!
    code=0
    wait "$child" || code=$?
    child=
    echo "likewise reindex ended with exit code $code"
done

#!/bin/sh
# Starts Qdrant with the keys from secret files, so that no key stands in a compose file, a command line or in what
# `docker inspect` shows. Without a key it does not start: Qdrant would answer everyone.
set -eu
secrets=${SECRETS:-/run/secrets}

key() {
    tr -d '\r\n' < "$secrets/$1"
}

QDRANT__SERVICE__API_KEY=$(key api_key)
QDRANT__SERVICE__READ_ONLY_API_KEY=$(key read_only_key)
QDRANT__SERVICE__ALT_API_KEY=$(key alt_api_key)
: "${QDRANT__SERVICE__API_KEY:?the secret file api_key is empty}"
: "${QDRANT__SERVICE__READ_ONLY_API_KEY:?the secret file read_only_key is empty}"
export QDRANT__SERVICE__API_KEY QDRANT__SERVICE__READ_ONLY_API_KEY
# The second full key exists only while keys are rotated.
if [ -n "$QDRANT__SERVICE__ALT_API_KEY" ]; then
    export QDRANT__SERVICE__ALT_API_KEY
else
    unset QDRANT__SERVICE__ALT_API_KEY
fi
exec ./entrypoint.sh "$@"

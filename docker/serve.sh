#!/bin/sh
# Puts the secret by which the hub is known to its issuer into a file of this container's memory, and serves.

set -eu
umask 077
printf '%s' "$OIDC_SECRET" > "$MASH_OIDC_SECRET_FILE"
unset OIDC_SECRET
exec mash serve "$@"

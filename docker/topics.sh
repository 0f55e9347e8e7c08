#!/bin/sh
# Signs in to Kafka as its administrator and makes what agencies and the hub need there. What it is called with goes to
# `mash kafka apply`. The administrator's password stays in this container's memory.

set -eu
umask 077
printf '{"user": "admin", "password": "%s", "mechanism": "PLAIN"}' "$KAFKA_PASSWORD" > "$MASH_KAFKA_SECRET_FILE"
exec mash kafka apply --secrets "$MASH_HOME/kafka/secrets" "$@"

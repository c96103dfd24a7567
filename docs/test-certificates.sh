#!/usr/bin/env bash
# Makes a root and a certificate for each node of a cluster, for tests: the keys lie about unencrypted.
# Usage: test-certificates.sh DIRECTORY CLUSTER-ID NODE-ID...
set -euo pipefail
if [ $# -lt 3 ]; then sed -n '2,3p' "$0" >&2; exit 2; fi
directory="$1" cluster="$2"
shift 2
mkdir -p "$directory"
cd "$directory"
umask 077
if [ ! -f ca.pem ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 3650 \
        -subj "/CN=test root" -keyout ca.key -out ca.pem 2> /dev/null
fi
for node in "$@"; do
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc \
        -subj "/CN=node $node" -keyout "node$node.key" -out "node$node.csr" 2> /dev/null
    printf 'subjectAltName = URI:raft://%s/%s\nextendedKeyUsage = serverAuth, clientAuth\n' "$cluster" "$node" > "node$node.ext"
    openssl x509 -req -in "node$node.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 365 \
        -extfile "node$node.ext" -out "node$node.pem" 2> /dev/null
    rm "node$node.csr" "node$node.ext"
    echo "$directory/node$node.pem"
done

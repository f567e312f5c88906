#!/bin/sh
# Packs the static binary and the system's certificate authorities as a container image, without a Dockerfile and without a
# daemon: an OCI layout in a tar file, which `skopeo`, `crane` and `podman load` take.
#   image.sh BINARY amd64|arm64 OUTPUT.tar
set -eu
binary=$1 architecture=$2 output=$3
authorities=${AUTHORITIES:-/etc/ssl/certs/ca-certificates.crt}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
blobs="$work/image/blobs/sha256"
mkdir -p "$work/root/etc/ssl/certs" "$work/root/var/lib/keyturn" "$work/root/tmp" "$blobs"
install -m 0755 "$binary" "$work/root/keyturn"
install -m 0644 "$authorities" "$work/root/etc/ssl/certs/ca-certificates.crt"
tar --sort=name --mtime=@0 --owner=65532 --group=65532 --numeric-owner -C "$work/root" -cf "$work/layer" .

# Stores a file under its digest; prints the descriptor.
blob() {
    digest=$(sha256sum "$1" | cut -d' ' -f1)
    cp "$1" "$blobs/$digest"
    printf '{"mediaType":"application/vnd.oci.image.%s","digest":"sha256:%s","size":%s}' "$2" "$digest" "$(stat -c %s "$1")"
}
layer=$(blob "$work/layer" layer.v1.tar)
printf '{"architecture":"%s","os":"linux","config":{"User":"65532:65532","Entrypoint":["/keyturn"],"Cmd":["run"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
    "$architecture" "$(sha256sum "$work/layer" | cut -d' ' -f1)" > "$work/config"
config=$(blob "$work/config" config.v1+json)
printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":%s,"layers":[%s]}' "$config" "$layer" > "$work/manifest"
printf '{"schemaVersion":2,"manifests":[%s]}' "$(blob "$work/manifest" manifest.v1+json)" > "$work/image/index.json"
printf '{"imageLayoutVersion":"1.0.0"}' > "$work/image/oci-layout"
tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$work/image" -cf "$output" .

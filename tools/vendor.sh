#!/usr/bin/env bash
# Files of others that are committed here, pinned. Nobody needs this to run tixapp.
#
#   tools/vendor.sh check    every vendored file is what static/vendor/MANIFEST.sha256 says
#   tools/vendor.sh fetch    get them again from npm (needs npm, and python with fonttools and brotli), then compare
#   tools/vendor.sh record   write MANIFEST.sha256 anew after a change that was looked at
set -euo pipefail
cd "$(dirname "$0")/.."

BRICOLAGE=@fontsource-variable/bricolage-grotesque@5.3.0
LUCIDE=lucide-static@1.62.0
AXE=axe-core@4.14.1
ZXING=zxing-wasm@3.1.4
IDB=idb@8.0.4 # IndexedDB with promises: the scanner's list and log
UQR=uqr@0.1.3 # draws QR codes on the phone: logs from phone to phone, codes that turn
NOBLE=@noble/ed25519@3.2.0 # for phones whose browser has no Ed25519
SUMS=static/vendor/MANIFEST.sha256
PYTHON=${PYTHON:-python3}

vendored() { find static/vendor static/fonts tests/vendor -type f ! -name MANIFEST.sha256 | LC_ALL=C sort; }

check() {
  sha256sum --quiet --check "$SUMS"
  diff <(vendored) <(cut -c67- "$SUMS") || { echo "MANIFEST.sha256 lists other files than there are." >&2; exit 1; }
}

record() { vendored | xargs sha256sum >"$SUMS"; }

fetch() {
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  for package in "$BRICOLAGE" "$LUCIDE" "$AXE" "$ZXING" "$IDB" "$UQR" "$NOBLE"; do
    (cd "$work" && npm pack --silent "$package" >/dev/null)
  done
  for archive in "$work"/*.tgz; do
    mkdir "${archive%.tgz}" && tar -xzf "$archive" -C "${archive%.tgz}" --strip-components=1
    rm "$archive"
  done
  cp "$work"/fontsource-*/LICENSE static/fonts/bricolage.LICENSE
  cp "$work"/lucide-*/LICENSE static/vendor/lucide.LICENSE
  cp "$work"/axe-*/axe.min.js tests/vendor/axe.min.js
  cp "$work"/axe-*/LICENSE tests/vendor/axe.LICENSE
  cp "$work"/zxing-*/dist/iife/reader/index.js static/vendor/zxing-wasm/reader.js
  cp "$work"/zxing-*/dist/reader/zxing_reader.wasm static/vendor/zxing-wasm/
  cp "$work"/zxing-*/LICENSE static/vendor/zxing-wasm/LICENSE
  cp "$work"/idb-*/build/index.js static/vendor/idb/idb.js
  cp "$work"/idb-*/LICENSE static/vendor/idb/LICENSE
  cp "$work"/uqr-*/dist/index.mjs static/vendor/uqr/uqr.js
  cp "$work"/uqr-*/LICENSE static/vendor/uqr/LICENSE
  cp "$work"/noble-*/index.js static/vendor/noble-ed25519/ed25519.js
  cp "$work"/noble-*/LICENSE static/vendor/noble-ed25519/LICENSE
  "$PYTHON" tools/font.py "$work"/fontsource-*/files/bricolage-grotesque-latin-standard-normal.woff2
  "$PYTHON" tools/icons.py "$work"/lucide-static-*/icons
  check
}

case "${1:-}" in
  check) check ;;
  fetch) fetch ;;
  record) record ;;
  *) sed -n '2,6p' "$0" >&2; exit 2 ;;
esac

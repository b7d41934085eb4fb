#!/bin/sh
# Moves the node_modules folders of an installation, `prune.sh FROM TO`, less what no program here reads: maps, declarations, and what
# tfjs has for browsers. The links to this repository's own packages are made by assemble.mjs.
set -eu
cd "$1"
rm -rf node_modules/@theriac node_modules/.bin
find . -name node_modules -prune -print | while read -r folder; do
  mkdir -p "$2/$(dirname "$folder")"
  mv "$folder" "$2/$folder"
done
cd "$2"
find . -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.tsbuildinfo' \) -delete
cd node_modules/@tensorflow
find . -type f \( -name '*.fesm.*' -o -name '*.es2017.*' -o -name '*.min.js' -o -name '*.min.js.html' \) -delete
find . -type d -name miniprogram -prune -exec rm -rf {} +
chmod -R a+rX "$2"

#!/usr/bin/env bash
# npm start: install, build, serve. A clone needs nothing but Node. PORT=8080 npm start chooses the port.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/install.sh
echo "Building the playground ..."
npm run -s build
exec node scripts/serve.mjs build --port "${PORT:-4173}"

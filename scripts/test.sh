#!/usr/bin/env bash
# npm test: install what is missing, the browser included, then run every check and test.
# ORACLES=required (as CI sets it) makes a missing comparison tool an error; otherwise its tests are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/install.sh
if ! command -v chromium >/dev/null && ! command -v google-chrome >/dev/null && command -v apt-get >/dev/null; then
  echo "Installing Chromium ..."
  sudo=""
  [ "$(id -u)" = 0 ] || sudo="sudo -n"
  $sudo apt-get update -q >/dev/null && $sudo apt-get install -y -q chromium >/dev/null
fi
exec node scripts/run-tests.mjs "$@"

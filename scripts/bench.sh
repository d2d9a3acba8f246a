#!/usr/bin/env bash
# Measures the bars of the README on this machine.
set -euo pipefail
cd "$(dirname "$0")/.."
exec cargo bench --locked --bench bars --bench follow

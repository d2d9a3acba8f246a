#!/usr/bin/env bash
# Checks the rendered files of every example with the linters of their kinds.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PWD/.tools/bin:$PATH

failed=0

need() {
  command -v "$1" >/dev/null 2>&1 || missing "$1"
}

missing() {
  echo "error: $1 is missing, so the rendered files can't be checked" >&2
  echo "hint: scripts/setup.sh compose linters" >&2
  exit 1
}

# check WHAT COMMAND…: runs it, and goes on after a fault so that all are seen.
check() {
  local what=$1
  shift
  "$@" || { echo "error: $what" >&2; failed=1; }
}

# The variables that the stack asks for, with a value each, so that `docker compose config` can fill them in.
variables_of() {
  sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=$/\1=lint/p' "$1/.env.example"
}

for tool in hadolint shellcheck yamllint python3; do need "$tool"; done
docker compose version >/dev/null 2>&1 || missing "docker compose"

# Long lines are commands and checks, which can't be broken; a `---` says nothing in a file of one document.
yaml_rules='{extends: default, rules: {line-length: disable, document-start: disable}}'

shopt -s nullglob globstar
for folder in examples/*/rendered*; do
  variables_of "$folder" >"${variables:=$(mktemp)}"
  check "$folder/compose.yaml is refused by docker compose" \
    docker compose --env-file "$variables" -f "$folder/compose.yaml" config --quiet
  check "$folder/compose.yaml" yamllint --strict -d "$yaml_rules" "$folder/compose.yaml"
  for file in "$folder"/**/Dockerfile; do check "$file" hadolint "$file"; done
  for file in "$folder"/**/*.sh; do check "$file" shellcheck "$file"; done
  for file in "$folder"/**/*.py; do
    check "$file" python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' "$file"
  done
done
rm -f "${variables:-}"
exit "$failed"

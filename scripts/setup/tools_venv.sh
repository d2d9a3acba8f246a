# shellcheck shell=bash disable=SC2154  # $root is set in setup.sh

# tools_venv NAME PACKAGE…
tools_venv() {
  python3 -c 'import ensurepip' 2>/dev/null || apt_install "$1" python3-venv
  rm -rf "${root:?}/.tools/$1"
  quietly python3 -m venv "$root/.tools/$1" || fail "no venv could be made" "python3 -m venv .tools/$1"
  quietly "$root/.tools/$1/bin/pip" install "${@:2}" \
    || fail "$1 could not be installed" "check that this machine reaches PyPI"
}

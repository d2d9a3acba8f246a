# shellcheck shell=bash disable=SC2154  # $root is set in setup.sh

# From PyPI, for the tests of `--installer uv`.
uv_version=0.13.9

setup_uv() {
  local tools=$root/.tools
  [[ $("$tools/bin/uv" --version 2>/dev/null) != "uv $uv_version"* ]] || return 0
  say "installing uv $uv_version into .tools/"
  mkdir -p "$tools/bin"
  python3 -c 'import ensurepip' 2>/dev/null || apt_install "uv" python3-venv
  rm -rf "$tools/uv"
  quietly python3 -m venv "$tools/uv" || fail "no venv could be made" "python3 -m venv .tools/uv"
  quietly "$tools/uv/bin/pip" install "uv==$uv_version" \
    || fail "uv could not be installed" "check that this machine reaches PyPI"
  ln -sf ../uv/bin/uv "$tools/bin/uv"
}

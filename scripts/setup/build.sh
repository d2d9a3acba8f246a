# shellcheck shell=bash

setup_build() {
  command -v cargo >/dev/null \
    || fail "cargo is not on PATH" "install Rust with rustup, as its own site describes"
  # libc6-dev has the static C library the release build links.
  if ! command -v cc >/dev/null || [[ ! -e /usr/include/stdio.h ]]; then
    apt_install "the C parts of the build" gcc libc6-dev
  fi
}

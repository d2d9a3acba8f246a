# shellcheck shell=bash

setup_build() {
  command -v cargo >/dev/null \
    || fail "cargo is not on PATH" "install Rust with rustup, as its own site describes"
  # libc6-dev has the static C library the release build links.
  if ! command -v cc >/dev/null || [[ ! -e /usr/include/stdio.h ]]; then
    apt_install "the C parts of the build" gcc libc6-dev
  fi
  # OpenSSL is linked statically (.cargo/config.toml); libgit2 and libssh2 speak TLS and SSH with it.
  if ! command -v pkg-config >/dev/null || ! pkg-config --exists openssl; then
    apt_install "OpenSSL's headers and static libraries" libssl-dev pkg-config
  fi
}

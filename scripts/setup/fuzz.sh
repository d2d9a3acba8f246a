# shellcheck shell=bash

setup_fuzz() {
  command -v c++ >/dev/null || apt_install "libFuzzer" g++
}

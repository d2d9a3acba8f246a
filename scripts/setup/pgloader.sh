# shellcheck shell=bash

# What migrate is measured against.
setup_pgloader() {
  [[ -n $(command -v pgloader) ]] || apt_install "the benchmark of migrate" pgloader
}

# shellcheck shell=bash

# Servers that the tests of sync fetch from: git's own for HTTP, and OpenSSH's.
setup_git-servers() {
  [[ -n $(command -v git) && -x $(git --exec-path)/git-http-backend ]] \
    || apt_install "the tests of sync" git
  [[ -n $(command -v sshd) && -n $(command -v ssh-keygen) ]] || install_ssh_server
  # Root's sshd wants a folder that only a started service makes.
  if (( EUID == 0 )) && [[ ! -d /run/sshd ]]; then
    mkdir -m 755 /run/sshd
  fi
}

# The tests start a server of their own; the package would start one for the whole machine.
install_ssh_server() {
  local policy=/usr/sbin/policy-rc.d
  if [[ -e $policy ]]; then
    apt_install "the tests of sync" openssh-server openssh-client
    return
  fi
  need_root "install OpenSSH's server without starting it"
  printf '#!/bin/sh\nexit 101\n' | as_root install -m 755 /dev/stdin "$policy"
  apt_install "the tests of sync" openssh-server openssh-client
  as_root rm -f "$policy"
}

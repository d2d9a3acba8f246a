# shellcheck shell=bash

engine_log=/var/log/dockerd.log

setup_engine() {
  ! engine_answers || return 0
  [[ $(uname -s) == Linux ]] \
    || fail "no Docker engine answers" "start Docker Desktop, then run this again"
  refuse_remote_engine
  refuse_closed_socket

  command -v dockerd >/dev/null || apt_install "the Docker engine" docker.io iptables
  command -v docker >/dev/null || apt_install "the Docker client" docker-cli
  engine_answers || start_engine
  refuse_closed_socket
  check_storage_driver
}

engine_answers() {
  command -v docker >/dev/null && docker version --format '{{.Server.Version}}' >/dev/null 2>&1
}

# An engine elsewhere is the user's choice; a second one here would not be seen through it.
refuse_remote_engine() {
  local context
  [[ -z ${DOCKER_HOST:-} ]] \
    || fail "no engine answers at DOCKER_HOST=$DOCKER_HOST" "unset DOCKER_HOST, or start that engine"
  context=$(docker context show 2>/dev/null || echo default)
  [[ $context == default ]] \
    || fail "no engine answers in the docker context '$context'" "docker context use default"
}

refuse_closed_socket() {
  [[ $(docker version 2>&1) == *'permission denied'* ]] || return 0
  # The socket an engine left behind looks the same, but serves root no better.
  if ! command -v sudo >/dev/null || sudo docker version >/dev/null 2>&1; then
    fail "$(id -un) may not use the Docker engine" \
      "sudo usermod -aG docker $(id -un), then log in again"
  fi
}

start_engine() {
  need_root "start the Docker engine"
  if [[ -d /run/systemd/system ]]; then
    say "starting the Docker engine with systemd"
    as_root systemctl start docker \
      || fail "systemd could not start docker" "journalctl -u docker"
    wait_for_engine ""
  else
    say "starting dockerd in the background, its log is $engine_log"
    command -v iptables >/dev/null || apt_install "the engine's networks" iptables
    clear_stale_pid_file /var/run/docker.pid dockerd
    clear_stale_pid_file /var/run/docker/containerd/containerd.pid containerd
    start_dockerd_detached
    wait_for_engine "$!"
  fi
}

# An engine that was killed leaves pid files. By now their pids may be other processes: dockerd
# would then refuse to start, or take one of them for its containerd.
clear_stale_pid_file() {
  local pid command
  pid=$(cat "$1" 2>/dev/null) || return 0
  command=$(cat "/proc/$pid/comm" 2>/dev/null) || command=
  [[ $command == "$2" ]] || as_root rm -f "$1"
}

# In a session of its own, so that it outlives this script and its terminal, and with nothing of
# the caller's open: pipes that would never see their end, and this set-up's lock.
start_dockerd_detached() {
  local sudo=()
  # Asks for a password now, not in the background.
  as_root true
  (( EUID == 0 )) || sudo=(sudo)
  # Not through as_root: a shell would stay behind to wait for a function.
  # shellcheck disable=SC2016  # expanded by the inner shell
  "${sudo[@]}" setsid bash -c '
    for fd in /proc/$$/fd/*; do
      fd=${fd##*/}
      (( fd <= 2 )) || exec {fd}>&-
    done
    [[ ! -e $0 ]] || mv -f "$0" "$0.1"
    exec dockerd >"$0" 2>&1
  ' "$engine_log" </dev/null >/dev/null 2>&1 &
}

# Polls, because dockerd tells nobody but systemd when it is ready.
wait_for_engine() {
  local pid=$1 deadline=$(( SECONDS + 60 ))
  until engine_answers || { (( EUID )) && as_root docker version >/dev/null 2>&1; }; do
    if (( SECONDS >= deadline )) || [[ -n $pid && ! -d /proc/$pid ]]; then
      [[ ! -e $engine_log ]] || as_root tail -n 20 "$engine_log" >&2
      fail "the Docker engine did not start" "dockerd --debug, as root, shows why"
    fi
    sleep 0.1
  done
}

check_storage_driver() {
  local driver
  driver=$(docker info --format '{{.Driver}}')
  [[ $driver != vfs ]] \
    || say "the engine stores images with vfs, as overlay2 does not work here: slow, and takes much disk"
}

# shellcheck shell=bash

setup_compose() {
  local missing=()
  has_compose || missing+=(docker-compose)
  has_buildx || missing+=(docker-buildx)
  (( ${#missing[@]} )) || return 0

  install_plugins_from_debian "${missing[@]}"
  has_compose || fail "docker compose does not run" "docker compose version"
  has_buildx || fail "docker buildx does not run" "docker buildx version"
}

has_compose() {
  local version major minor
  version=$(docker compose version --short 2>/dev/null) || return 1
  IFS=. read -r major minor _ <<<"${version#v}"
  (( major > 2 || (major == 2 && minor >= 20) ))
}

has_buildx() {
  docker buildx version >/dev/null 2>&1
}

plugin_folder() {
  if (( EUID == 0 )); then
    echo /usr/local/lib/docker/cli-plugins
  else
    echo "${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins"
  fi
}

# Debian 12 has compose v1 and no buildx. Debian 13's packages hold single programs that need only
# Debian 12's C library, so they are taken out of their packages instead of installed: nothing of
# the system's package sources changes. In a subshell, so that the trap is its own.
install_plugins_from_debian() (
  mirror=$(debian_mirror Debian)
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [[ -n $mirror && -e $keyring ]] \
    || fail "the Docker client has no $*, and this is no Debian" \
      "install Docker's own packages docker-compose-plugin and docker-buildx-plugin"
  folder=$(plugin_folder)
  say "installing from Debian 13 into $folder: $*"

  dir=$(mktemp -d)
  trap 'rm -rf "$dir"' EXIT
  # apt drops root's rights to download.
  chmod 755 "$dir"
  mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" "$folder"
  printf 'deb [target=Packages signed-by=%s] %s trixie main\n' "$keyring" "$mirror" >"$dir/sources.list"
  apt=(apt-get -o "Dir::Etc::SourceList=$dir/sources.list" -o Dir::Etc::SourceParts=-
    -o Dir::Etc::Preferences=- -o Dir::Etc::PreferencesParts=-
    -o "Dir::State::Lists=$dir/lists" -o "Dir::Cache=$dir/cache" -o Acquire::Languages=none)
  cd "$dir" || return
  if ! quietly "${apt[@]}" update || ! quietly "${apt[@]}" download "$@"; then
    fail "Debian 13's packages could not be fetched" "check that this machine reaches $mirror"
  fi

  for package; do
    dpkg-deb -x "$package"_*.deb "$dir/$package"
    install -m 755 "$dir/$package/usr/libexec/docker/cli-plugins/$package" "$folder/$package"
  done
)

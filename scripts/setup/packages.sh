# shellcheck shell=bash disable=SC2154  # $root is set in setup.sh
# What every part uses: messages, root's rights, Debian packages.

say() {
  printf 'setup: %s\n' "$1" >&2
}

# fail MESSAGE HINT
fail() {
  printf 'setup: error: %s\nhint: %s\n' "$1" "$2" >&2
  exit 1
}

# Asked before as_root is used: there, what it says could end in a log or nowhere.
need_root() {
  (( EUID == 0 )) || command -v sudo >/dev/null \
    || fail "root's rights are needed to $1, and there is no sudo" "su -c 'make -C $root setup'"
}

as_root() {
  if (( EUID == 0 )); then
    "$@"
  else
    sudo "$@"
  fi
}

# Runs a command whose output matters only if it fails.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if (( status )); then
    tail -n 40 "$log" >&2
    say "failed ($status): $*"
  fi
  rm -f "$log"
  return "$status"
}

# apt_install WHAT-FOR PACKAGE…
apt_install() {
  local purpose=$1 package missing=()
  shift
  for package; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] \
      || missing+=("$package")
  done
  (( ${#missing[@]} )) || return 0
  command -v apt-get >/dev/null \
    || fail "$purpose is missing, and this system has no apt-get" "install what Debian calls: ${missing[*]}"

  need_root "install Debian packages for $purpose (${missing[*]})"
  say "installing Debian packages for $purpose: ${missing[*]}"
  refresh_package_lists
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 \
    install --yes --no-install-recommends "${missing[@]}" \
    || fail "the Debian packages could not be installed" "apt-get install ${missing[*]}"
}

# A broken third-party source fails the whole update although Debian's own lists came through.
refresh_package_lists() {
  [[ -z ${package_lists_are_fresh:-} ]] || return 0
  quietly as_root apt-get -o DPkg::Lock::Timeout=300 update \
    || say "not every package list could be refreshed, going on with what is there"
  package_lists_are_fresh=1
}

# The address this machine gets Debian from: debian_mirror Debian|Debian-Security
debian_mirror() {
  local uri
  # shellcheck disable=SC2016  # apt-get expands these
  uri=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' \
    | awk -v label="$1" '$1 == label { print $2; exit }')
  # Cloud images name a file that lists mirrors; debootstrap wants one of them.
  if [[ $uri == mirror+file:* ]]; then
    uri=$(awk '!/^#/ && NF { print $1; exit }' "${uri#mirror+file:}")
  fi
  printf '%s' "$uri"
}

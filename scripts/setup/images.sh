# shellcheck shell=bash disable=SC2154  # $root is set in setup.sh

# tag and the folder its stand-in is made from; "debootstrap" is the one all others start from,
# so it comes first.
images=(
  "debian:bookworm-slim        debootstrap"
  "python:3.11-slim-bookworm   python"
  "postgres:15-bookworm        postgres"
)

setup_images() {
  local line tag source
  for line in "${images[@]}"; do
    read -r tag source <<<"$line"
    image_is_current "$tag" "$source" || get_image "$tag" "$source"
  done
}

# A stand-in whose recipe has changed since is not current; an image of any other origin is.
image_is_current() {
  local recipe
  recipe=$(docker image inspect \
    --format '{{index .Config.Labels "io.stackctl.stand-in.recipe"}}' "$1" 2>/dev/null) || return 1
  [[ -z $recipe || $recipe == "$(recipe_of "$2")" ]]
}

recipe_of() {
  if [[ $1 == debootstrap ]]; then
    declare -f build_debian | sha256sum
  else
    tar -C "$root/scripts/images/$1" --sort=name --owner=0 --group=0 --mtime=@0 -c . | sha256sum
  fi | cut -c1-16
}

# Once the registry did not answer it is not asked again: each time may take long to find out.
get_image() {
  local tag=$1 source=$2
  if [[ -z ${registry_is_out:-} ]]; then
    say "pulling $tag"
    ! timeout "${STACKCTL_PULL_TIMEOUT:-180}" docker pull --quiet "$tag" >/dev/null || return 0
    registry_is_out=1
  fi
  say "building a stand-in for $tag from Debian packages, as it cannot be pulled"
  if [[ $source == debootstrap ]]; then
    build_debian "$tag"
  else
    build_on_debian "$tag" "$source"
  fi
}

build_debian() (
  mirror=$(debian_mirror Debian)
  security=$(debian_mirror Debian-Security)
  [[ -n $mirror ]] \
    || fail "a stand-in can be built only on Debian" "docker pull $1"
  apt_install "building $1" debootstrap
  # Not in /tmp, which may be mounted without devices.
  dir=$(as_root mktemp -d -p /var/tmp)
  trap 'as_root rm -rf --one-file-system "$dir"' EXIT
  quietly as_root debootstrap --variant=minbase bookworm "$dir" "$mirror" \
    || fail "debootstrap failed" "check that this machine reaches $mirror"

  # What the official image leaves out, and how it has apt keep it so.
  as_root tee "$dir/etc/dpkg/dpkg.cfg.d/docker" >/dev/null <<'END'
force-unsafe-io
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/man/*
END
  as_root tee "$dir/etc/apt/apt.conf.d/docker" >/dev/null <<'END'
APT::AutoRemove::SuggestsImportant "false";
APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
Acquire::GzipIndexes "true";
Acquire::Languages "none";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
END
  as_root tee "$dir/etc/apt/sources.list" >/dev/null <<END
deb $mirror bookworm main
deb $mirror bookworm-updates main
${security:+deb $security bookworm-security main}
END
  # Packages must not start services where there is no init.
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$dir/usr/sbin/policy-rc.d" >/dev/null
  as_root chmod 755 "$dir/usr/sbin/policy-rc.d"
  as_root find "$dir/usr/share/doc" -type f ! -name copyright -delete
  as_root find "$dir/var/log" -type f -delete
  as_root rm -rf "$dir"/var/lib/apt/lists/* "$dir"/var/cache/apt/* "$dir"/usr/share/{info,locale,man}/* \
    "$dir/etc/resolv.conf" "$dir/etc/hostname"

  as_root tar -C "$dir" --numeric-owner -c . | docker import \
    --change 'CMD ["bash"]' \
    --change 'LABEL io.stackctl.stand-in=true' \
    --change "LABEL io.stackctl.stand-in.recipe=$(recipe_of debootstrap)" \
    - "$1" >/dev/null
)

# In two steps, as an image's environment names a version that only its packages know.
build_on_debian() {
  local tag=$1 folder=$root/scripts/images/$2 version
  quietly build_image --target packages --tag "stackctl-stand-in:$2" "$folder" \
    || fail "the stand-in for $tag could not be built" "docker pull $tag"
  version=$(docker run --rm --network none "stackctl-stand-in:$2" cat /usr/local/share/version)
  quietly build_image --build-arg "VERSION=$version" --tag "$tag" \
    --label io.stackctl.stand-in=true \
    --label "io.stackctl.stand-in.recipe=$(recipe_of "$2")" "$folder" \
    || fail "the stand-in for $tag could not be built" "docker pull $tag"
  docker image rm "stackctl-stand-in:$2" >/dev/null
}

build_image() {
  DOCKER_BUILDKIT=1 docker build --progress plain "$@"
}

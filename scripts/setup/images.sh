# shellcheck shell=bash disable=SC2154  # $root is set in setup.sh

# A tag, and the folder in scripts/images its stand-in is made from. The others are built on
# Debian's, so it comes first.
images=(
  "debian:bookworm-slim        debian"
  "python:3.11-slim-bookworm   python"
  "postgres:15-bookworm        postgres"
)

setup_images() {
  local line tag name
  for line in "${images[@]}"; do
    read -r tag name <<<"$line"
    image_is_current "$tag" "$name" || get_image "$tag" "$name"
  done
}

# A stand-in whose folder has changed since is not current; an image of any other origin is.
image_is_current() {
  local recipe
  recipe=$(docker image inspect \
    --format '{{index .Config.Labels "io.stackctl.stand-in.recipe"}}' "$1" 2>/dev/null) || return 1
  [[ -z $recipe || $recipe == "$(recipe_of "$2")" ]]
}

recipe_of() {
  tar -C "$root/scripts/images/$1" --sort=name --owner=0 --group=0 --mode=755 --mtime=@0 -c . \
    | sha256sum | cut -c1-16
}

# Once the registry did not answer it is not asked again: each time may take long to find out.
get_image() {
  local tag=$1 name=$2
  if [[ -z ${registry_is_out:-} ]]; then
    say "pulling $tag"
    ! timeout "${STACKCTL_PULL_TIMEOUT:-180}" docker pull --quiet "$tag" >/dev/null || return 0
    registry_is_out=1
  fi
  say "building a stand-in for $tag from Debian packages, as it cannot be pulled"
  if [[ $name == debian ]]; then
    import_debian "$tag"
  else
    build_on_debian "$tag" "$name"
  fi
}

import_debian() {
  local mirror security archive
  mirror=$(debian_mirror Debian)
  security=$(debian_mirror Debian-Security)
  [[ -n $mirror ]] || fail "a stand-in for $1 can be built only on Debian" "docker pull $1"
  need_root "build a stand-in for $1"
  apt_install "building images" debootstrap
  archive=$(mktemp -p /var/tmp)
  if ! quietly write_debian "$archive" "$mirror" "$security"; then
    rm -f "$archive"
    fail "the stand-in for $1 could not be built" "check that this machine reaches $mirror"
  fi
  docker import --change 'CMD ["bash"]' --change 'LABEL io.stackctl.stand-in=true' \
    --change "LABEL io.stackctl.stand-in.recipe=$(recipe_of debian)" "$archive" "$1" >/dev/null
  rm -f "$archive"
}

write_debian() {
  as_root "$root/scripts/images/debian/root.sh" "$2" "$3" >"$1"
}

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

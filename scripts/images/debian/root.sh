#!/usr/bin/env bash
#
# Writes the root of a minimal Debian 12 to standard output, as a tar. To be run as root.
#
#   root.sh MIRROR [SECURITY-MIRROR]

set -euo pipefail

mirror=$1
security=${2:-}

# Not in /tmp, which may be mounted without devices.
dir=$(mktemp -d -p /var/tmp)
trap 'rm -rf --one-file-system "$dir"' EXIT

debootstrap --variant=minbase bookworm "$dir" "$mirror" >&2

# What the official slim image leaves out, and has apt and dpkg leave out from then on.
cat >"$dir/etc/dpkg/dpkg.cfg.d/docker" <<'END'
force-unsafe-io
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/man/*
END
cat >"$dir/etc/apt/apt.conf.d/docker" <<'END'
APT::AutoRemove::SuggestsImportant "false";
APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
Acquire::GzipIndexes "true";
Acquire::Languages "none";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
END
cat >"$dir/etc/apt/sources.list" <<END
deb $mirror bookworm main
deb $mirror bookworm-updates main
${security:+deb $security bookworm-security main}
END

# Packages must not start services where there is no init.
printf '#!/bin/sh\nexit 101\n' >"$dir/usr/sbin/policy-rc.d"
chmod 755 "$dir/usr/sbin/policy-rc.d"

find "$dir/usr/share/doc" -type f ! -name copyright -delete
find "$dir/var/log" -type f -delete
rm -rf "$dir"/var/lib/apt/lists/* "$dir"/var/cache/apt/* "$dir"/usr/share/{info,locale,man}/* \
  "$dir/etc/resolv.conf" "$dir/etc/hostname"

tar -C "$dir" --numeric-owner -c .

# shellcheck shell=bash

# The packages would start a server on port 5432, which is none of ours to take.
setup_postgres() {
  ! compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || return 0
  need_root "install PostgreSQL"
  local setting=/etc/postgresql-common/createcluster.d/stackctl.conf
  as_root mkdir -p "${setting%/*}"
  as_root tee "$setting" <<<'create_main_cluster = false' >/dev/null
  apt_install "PostgreSQL's server programs" postgresql
  as_root rm -f "$setting"
}

# shellcheck shell=bash disable=SC2154  # $root is set in setup.sh

# From PyPI, for the test that moves a project of Django's to PostgreSQL and runs it there.
django_version=5.2.19
psycopg_version=3.3.9

setup_django() {
  [[ $("$root/.tools/django/bin/django-admin" --version 2>/dev/null) != "$django_version" ]] || return 0
  say "installing Django $django_version into .tools/"
  tools_venv django "django==$django_version" "psycopg[binary]==$psycopg_version"
}

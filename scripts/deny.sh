#!/usr/bin/env bash
#
# Checks the licences, origins and known flaws of the dependencies. The list of known flaws is a git
# repository: where it can neither be fetched nor was fetched before, that one check is left out,
# as it says nothing about the change at hand.

set -euo pipefail

cargo deny --log-level warn check bans licenses sources

# `fetch` has no time limit of its own.
if timeout 60 cargo deny --log-level off fetch db </dev/null; then
  cargo deny --log-level warn check --disable-fetch advisories
else
  echo >&2 "lint: skipped the check for known flaws: the advisory database could not be fetched"
fi

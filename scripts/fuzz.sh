#!/usr/bin/env bash
#
# Feeds one target of fuzz/ with inputs that libFuzzer makes up, guided by what code they reach.
#
#   scripts/fuzz.sh TARGET SECONDS [argument of libFuzzer, or file to try again…]
#   scripts/fuzz.sh check    only whether the targets still compile
#
# What it learns stays in fuzz/corpus/TARGET, what it finds in fuzz/findings. The compiler is the stable one: what
# coverage needs is a pass of LLVM that stable rustc lets be named.

set -euo pipefail
cd "$(dirname "$0")/../fuzz"

# The versions that stackctl itself is built with.
[[ -f Cargo.lock ]] || cp ../Cargo.lock Cargo.lock
if [[ ${1-} == check ]]; then
  # What stackctl's own check has compiled serves here too, and libFuzzer itself is not needed.
  exec cargo check --no-default-features --target-dir ../target
fi

target=${1:?usage: scripts/fuzz.sh TARGET SECONDS}
seconds=${2:?usage: scripts/fuzz.sh TARGET SECONDS}
shift 2
if [[ ! -f targets/$target.rs ]]; then
  echo >&2 "fuzz: no target is called '$target'; there are: $(basename -s .rs targets/*.rs | xargs)"
  exit 2
fi

host=$(rustc -vV | sed -n 's/^host: //p')
coverage=(
  -Cpasses=sancov-module
  -Cllvm-args=-sanitizer-coverage-level=4
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
  -Cllvm-args=-sanitizer-coverage-pc-table
  -Cllvm-args=-sanitizer-coverage-trace-compares
  -Cllvm-args=-simplifycfg-branch-fold-threshold=0
  -Ccodegen-units=1
)
RUSTFLAGS="${coverage[*]}" cargo build --release --target "$host"
built=target/$host/release

mkdir -p "corpus/$target" findings
folders=("corpus/$target")
if [[ $target == reader ]]; then
  # It makes them itself, before it reads them.
  mkdir -p corpus/databases
  export STACKCTL_FUZZ_SQL=seeds/schema STACKCTL_FUZZ_DATABASES=corpus/databases
  folders+=(corpus/databases)
elif [[ -d seeds/$target ]]; then
  folders+=("seeds/$target")
fi
# Files that are named are tried again, and nothing else.
for argument in "$@"; do
  [[ -f $argument ]] && folders=()
done
exec "$built/$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=1024 -max_len=65536 \
  -dict="dictionaries/$target.dict" -artifact_prefix="findings/$target-" "$@" "${folders[@]}"

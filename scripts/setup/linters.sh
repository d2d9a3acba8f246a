# shellcheck shell=bash disable=SC2154  # $root is set in setup.sh

# npm's and cargo's; linters.txt has those from PyPI, node among them.
dclint_version=3.1.0
cargo_deny_version=0.20.2

tools=$root/.tools

setup_linters() {
  mkdir -p "$tools/bin"
  setup_rust_linters
  setup_script_linters
}

setup_rust_linters() {
  if ! cargo clippy --version >/dev/null 2>&1 || ! cargo fmt --version >/dev/null 2>&1; then
    say "installing clippy and rustfmt with rustup"
    quietly rustup component add clippy rustfmt \
      || fail "clippy and rustfmt are missing" "rustup component add clippy rustfmt"
  fi

  [[ $(PATH=$tools/bin:$PATH cargo-deny --version 2>/dev/null) != "cargo-deny $cargo_deny_version" ]] || return 0
  say "building cargo-deny $cargo_deny_version into .tools/, which takes a minute or more"
  # Unoptimised: it is built in half the time, and as fast as it needs to be.
  CARGO_PROFILE_DEV_DEBUG=0 quietly cargo install --locked --debug --force --root "$tools" \
    --target-dir "$tools/build" "cargo-deny@$cargo_deny_version" \
    || fail "cargo-deny could not be built" "cargo install --locked cargo-deny@$cargo_deny_version"
  rm -rf "$tools/build"
}

# What is installed, and where: a venv cannot be moved.
linters_wanted() {
  echo "$tools"
  echo "dclint==$dclint_version"
  cat "$root/scripts/setup/linters.txt"
}

setup_script_linters() {
  local tool
  [[ $(linters_wanted) != "$(cat "$tools/linters" 2>/dev/null)" ]] || return 0
  say "installing linters into .tools/: $(linters_wanted | tail -n +2 | paste -sd ' ')"
  python3 -c 'import ensurepip' 2>/dev/null || apt_install "the linters" python3-venv
  rm -rf "$tools/venv" "$tools/node"
  quietly python3 -m venv "$tools/venv" || fail "no venv could be made" "python3 -m venv .tools/venv"
  quietly "$tools/venv/bin/pip" install --requirement "$root/scripts/setup/linters.txt" \
    || fail "the linters could not be installed" "check that this machine reaches PyPI"
  PATH=$tools/venv/bin:$PATH quietly "$tools/venv/bin/npm" install --no-audit --no-fund \
    --prefix "$tools/node" "dclint@$dclint_version" \
    || fail "dclint could not be installed" "check that this machine reaches npm's registry"

  for tool in check-jsonschema hadolint node shellcheck yamllint; do
    ln -sf "../venv/bin/$tool" "$tools/bin/$tool"
  done
  ln -sf ../node/node_modules/.bin/dclint "$tools/bin/dclint"
  linters_wanted >"$tools/linters"
}

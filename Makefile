PREFIX ?= /usr/local
# The release is linked statically. With --target, even for this very machine, the flags for that
# stay off build scripts and procedural macros, which cannot be.
TARGET = $(shell rustc -vV | sed -n 's/^host: //p')
# Relocations of a static program are applied at each start; packed, they and the pages they touch are a fraction.
STATIC = -C target-feature=+crt-static -C link-arg=-Wl,-z,pack-relative-relocs
BINARY = target/$(TARGET)/release/stackctl

export PATH := $(CURDIR)/.tools/bin:$(PATH)

.PHONY: help setup demo demo-clean build install test test-fast test-images lint bench bench-migrate fuzz

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' Makefile

setup: ## get what build, tests and demo need: a C compiler, Docker, compose, base images
	@scripts/setup.sh

demo: setup ## bring an example stack up, and show it at work
	@scripts/demo.sh

demo-clean: ## take the demo down again, with all it made
	@scripts/demo.sh clean

build: ## build the static release binary
	@scripts/setup.sh build
	RUSTFLAGS='$(STATIC)' cargo build --release --locked --target $(TARGET)

$(BINARY):
	$(MAKE) build

install: $(BINARY) ## install the release binary under PREFIX (/usr/local)
	install -D -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/stackctl

# Many tests wait for the engine, or for a minute to begin: more at once than there are processors.
test: export RUST_TEST_THREADS ?= $(shell threads=$$(nproc); echo $$((threads > 4 ? threads : 4)))
test: setup ## run all tests, with those on a real engine
	@scripts/setup.sh postgres uv schedulers django
	cargo test --locked --features docker

test-fast: ## run the tests that need no engine
	cargo test --locked

test-images: setup ## check the stand-ins for base images against the official ones' contract
	scripts/images/postgres-test.sh

lint: ## check formatting, clippy, dependencies, scripts and the examples' rendered files
	@scripts/setup.sh build compose linters
	cargo fmt --check
	cargo clippy --all-targets --all-features --locked -- -D warnings
	scripts/fuzz.sh check
	scripts/deny.sh
	shellcheck -x .ci/run $$(git ls-files '*.sh')
	scripts/lint-rendered.sh

bench: setup ## measure against the bars the project sets itself
	@scripts/bench.sh

bench-migrate: ## measure migrate beside psql and pgloader: ROWS=5000000 RUNS=3, or SHAPE=blobs BYTES=2GB
	@scripts/setup.sh build postgres pgloader
	cargo bench --locked --bench migrate

fuzz: TIME ?= 60
fuzz: ## feed made-up inputs to stackctl: TARGET=reader (or schema, cells, texts) TIME=60
	@scripts/setup.sh build fuzz
	scripts/fuzz.sh $(TARGET) $(TIME)

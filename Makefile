# Zhucun (驻村). `make run` to try it, `make demo` to see it work, `make test` before handing anything in.

.PHONY: run demo test test-garage test-office soak fire fuzz lint build tools bench bench-uploads bench-likeness bench-pictures bench-fences clean

# Serves on http://127.0.0.1:8080 with the demo district, in ./data. Needs Rust and nothing else.
run:
	cargo run --package zhucun -- serve --demo

# The main job by itself and to its end: a day of twelve phones in 35 villages, and a month of one town with its sheet, through real HTTP. Writes
# target/demo: report.json, sheet.html, sheet.xlsx, sheet.csv.
demo:
	cargo build --workspace --bins
	target/debug/simulated-day --server target/debug/zhucun --report target/demo/report.json

# Everything: format, lints, unit, property, contract and end-to-end tests.
test: lint build
	cargo test --workspace --no-fail-fast

# The contract of the stores of photos against Garage, which is not in any package registry: a `garage` on PATH is
# started for it. Or against any store: ZHUCUN_TEST_S3_ENDPOINT, ZHUCUN_TEST_S3_PLACE (s3://BUCKET/PREFIX, empty), AWS_REGION,
# AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY.
test-garage:
	tests/garage cargo test --workspace --test stores -- --ignored a_store_elsewhere

# A district's sheet in LibreOffice, which is installed for it where it is not there: each cell as exported, A4 pages. Leaves target/sheet.pdf to look at.
test-office: build
	@command -v soffice >/dev/null 2>&1 && command -v pdfinfo >/dev/null 2>&1 || .ci/tools office
	ZHUCUN_TEST_PDF=$(CURDIR)/target/sheet.pdf cargo test --workspace --test libreoffice -- --ignored

# So many stories of the deterministic world, from that seed on. One that fails is shortened and kept in tests/stories.
SEEDS ?= 20000
FROM ?= 0
soak:
	ZHUCUN_TEST_SEEDS=$(SEEDS) ZHUCUN_TEST_SEEDS_FROM=$(FROM) cargo test --workspace --test world -- --nocapture every_story

# The real servers and phones under fire, killed so often on each database. SEED= for a run of the dice again.
KILLS ?= 300
fire: build
	ZHUCUN_TEST_KILLS=$(KILLS) $(if $(SEED),ZHUCUN_TEST_SEED=$(SEED)) cargo test --workspace --test fire -- --nocapture --test-threads 1 under_fire

# Feeds one decoder what the fuzzer makes up, for so long: push seal line cursor certificate receipt metadata courier, or picture, which opens photos.
# What it found goes on in target/fuzz, and what breaks a property is kept there. Needs g++; installs cargo-fuzz.
TARGET ?= push
SECONDS ?= 60
FUZZ = $(if $(filter picture,$(TARGET)),server/pictures/fuzz,sync-protocol/fuzz)
FUZZ_BYTES = $(if $(filter picture,$(TARGET)),16384,4096)
fuzz:
	cargo fuzz --version >/dev/null 2>&1 || cargo install --locked cargo-fuzz
	mkdir -p target/fuzz/$(TARGET)
	RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir $(FUZZ) --sanitizer none --target-dir $(CURDIR)/target/fuzz/build $(TARGET) target/fuzz/$(TARGET) $(FUZZ)/corpus/$(TARGET) -- \
		-max_total_time=$(SECONDS) -max_len=$(FUZZ_BYTES) -timeout=10 -artifact_prefix=target/fuzz/$(TARGET)- -print_final_stats=1

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings

# One set of features for all that follows: the tests start target/debug/zhucun.
build: tools
	cargo build --workspace --all-targets

# What tests need beyond Rust, from the system's package manager if it is not there: a PostgreSQL server, a Python with cryptography, Node; and, in
# target/clients, stock clients of tus.
tools:
	@.ci/tools

# Figures: criterion for the pure parts, the load program for the server. A quarter of an hour; see README.
bench: tools
	cargo bench --package sync-protocol
	cargo build --release --package zhucun --package zhucun-tests
	target/release/load --server target/release/zhucun --report target/bench/report.json

# Uploads of photos beside rustus (with fsync) and @tus/server, which are installed into target/peers.
bench-uploads:
	cargo build --release --package zhucun --package zhucun-tests
	test -x target/peers/bin/rustus || cargo install --locked rustus --version 0.5.10 --root target/peers --target-dir target/peers/build
	cmp -s tests/peers/package-lock.json target/peers/package-lock.json || { cp tests/peers/package*.json target/peers/ && npm ci --prefix target/peers --no-audit --no-fund --loglevel error; }
	target/release/uploads --server target/release/zhucun

# How well re-used photos are told from others: 30,000 pictures, 450 million pairs; and how fast the nearest are found among a million. Minutes.
bench-likeness:
	cargo test --workspace --test likeness -- --include-ignored --nocapture --test-threads 1

# Both renditions of a photo beside sharp, libvips and Pillow, in turns. Needs Node, Python, cmake and nasm; installs the others in target/.
bench-pictures:
	server/pictures/bench/run

# Verdicts on fixes a second beside geo, shapely and PostGIS, on a country's worth of fences, in turns. Needs Python; installs the others in target/ and by
# apt. Ten minutes and 8 GB of memory.
bench-fences:
	server/fences/bench/run

clean:
	cargo clean

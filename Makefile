# Short names for the usual; the work is done by CMake and by scripts/.
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
# For more of CMake, e.g. CMAKE_FLAGS=-DAIOPS_WERROR=ON
CMAKE_FLAGS ?=
BIN := build/release

.PHONY: build demo demo-live test test-services bench-build bench bench-compare bench-services quality docs lint install uninstall clean

build:
	@scripts/bootstrap build
	@cmake --preset release $(CMAKE_FLAGS)
	@cmake --build --preset release -j $(JOBS)

demo: build
	@scripts/demo/run $(BIN)

demo-live: build
	@scripts/bootstrap live $(if $(filter elasticsearch,$(STORE)),services)
	@scripts/demo/live $(BIN)

test: build
	@scripts/bootstrap test
	@ctest --test-dir $(BIN) --output-on-failure -j $(JOBS)

test-services: build
	@scripts/bootstrap services
	@tests/run-pipelines --folder tests/services $(BIN)

bench-build:
	@scripts/bootstrap build bench
	@cmake --preset release $(CMAKE_FLAGS) -DAIOPS_BENCH=ON
	@cmake --build --preset release -j $(JOBS)

bench: bench-build
	@scripts/bench $(BIN)

# What became slower since FILE was written by make bench: make bench-compare BASE=FILE
bench-compare: bench-build
	@test -n "$(BASE)" || { echo "make bench-compare: expected BASE=FILE, a results.json of make bench" >&2; exit 2; }
	@scripts/bench --compare $(BASE) $(BIN)

# aiops-collect beside curl and scroll, on a real Prometheus and a real Elasticsearch.
bench-services: build
	@scripts/bootstrap services
	@scripts/bench-collect $(BIN)
	@scripts/bench-elasticsearch $(BIN)

# Labelled data laid out as docs/quality.md says: make quality DATA=DIR
quality: build
	@scripts/quality $(DATA) --bin $(BIN)

docs: build
	@tests/check-docs --write $(BIN)

lint:
	@scripts/bootstrap build lint
	@scripts/lint

install: build
	@cmake --install $(BIN) --prefix $(PREFIX)

uninstall:
	@xargs -rt rm -f < $(BIN)/install_manifest.txt

clean:
	@rm -rf build out

# dino: two commands to know are `make demo` and `make test`. Both need Go and make, and nothing
# else.

# The SIMD matrix product of the stock engine is behind this experiment of the Go toolchain.
export GOEXPERIMENT := simd

DEMO_SEED ?= 0

# A Python with PyTorch and its kind, which `make python` makes and the tests find by this variable;
# without it what needs it is skipped.
PYTHON_HOME ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/dino/python
ifneq ($(wildcard $(PYTHON_HOME)/ready),)
export DINO_TEST_PYTHON ?= $(PYTHON_HOME)/bin/python
endif

# The engine, and what computes on it.
COMPUTES := . ./distill ./cpu/... ./internal/backend ./nets/vit ./internal/layer ./optim ./internal/run/trainer

# Where the browser test leaves its pictures of the pages.
SCREENSHOTS ?= bin/screenshots

.PHONY: matrix matrix-all assets assets-check browser build demo test test-long test-levels conformance race fuzz \
	mutants lint cross vulnerabilities house measurements verdict figures bench learn python clean

build:
	CGO_ENABLED=0 go build -trimpath -o bin/dino ./cmd/dino

# Draws a labelled set of images, trains on it without the labels, and prints k-NN accuracy before
# and after.
demo: build
	bin/dino synth --out demo/shapes
	bin/dino pretrain --data demo/shapes --out demo/run-$(DEMO_SEED) --config configs/demo.yaml --seed $(DEMO_SEED)

# The method runs twice: on the engine that the program chooses, and on the stock one.
test:
	go test ./...
	DINO_TEST_BACKEND=go go test ./distill ./nets/vit ./internal/layer ./optim

# The engine, the goldens and a run under each instruction set that this processor has. Go's cache
# of results does not know the variable, which is read before a test begins.
test-levels:
	@for level in portable avx2 avx512 avx512bf16; do \
		if DINO_CPU=$$level go test -count=1 ./cpu/internal/isa >/dev/null 2>&1; then \
			echo "DINO_CPU=$$level"; DINO_CPU=$$level go test -count=1 $(COMPUTES) || exit 1; \
		else echo "DINO_CPU=$$level is skipped: this processor lacks it"; fi; \
	done

# Reads the images that others test their decoders with, and prints beside what Pillow makes of them
# which are identical, near, different or refused. The first time it fetches some 60 MB; without a
# Python that has Pillow and numpy it is skipped.
CORPUS_HOME ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/dino/corpus
corpus:
	@if [ -z "$$DINO_TEST_PYTHON" ]; then \
		echo "corpus is skipped: it needs a Python with Pillow and numpy:" \
			"run make python, or name one in DINO_TEST_PYTHON"; \
	else DINO_CORPUS=$$(tools/corpus.sh $(CORPUS_HOME) $$DINO_TEST_PYTHON) \
		go test -count=1 -timeout 30m -v -run TestCorpus ./internal/data/imageio; fi

# The tests that take minutes: thousands of random products and graphs, every value of every option
# through its first step, long kill -9 runs, the demo's accuracy on three seeds. LONG names other
# packages.
LONG ?= ./...
test-long:
	DINO_LONG=1 go test -timeout 60m $(LONG)
	cd tools && go test ./...

# What would the tests of a package miss? N changes of its code, one at a time, that no test may let
# pass; see docs/testing.md. Another draw each time; SEED=n repeats one, ALSO=./a,./b names
# dependents whose tests count too.
PKG ?= ./schedule
N ?= 20
SEED ?= 0
mutants:
	cd tools && go run ./mutate -C .. -n $(N) -seed $(SEED) -also "$(ALSO)" $(PKG)

# timm's names, at reduced depth and with random weights: which are read exactly, which are
# refused, and that none gives other features than timm's. A drawn subset, of MATRIX names;
# matrix-all takes all. It needs a Python with timm (make python) and says so where there is none.
MATRIX ?= 60
matrix:
	DINO_MATRIX=$(MATRIX) go test -count=1 -timeout 60m -v -run TestMatrix ./internal/inference
matrix-all: MATRIX := all
matrix-all: matrix

# GoMLX's own tests on the engine, beside compute's; see docs/engine.md.
conformance:
	go run ./cpu/internal/conformance

race:
	go test -race ./internal/data/loader ./internal/data/survey ./internal/checkpoint \
		./internal/run/runlog ./internal/run/mlflow ./internal/run/prometheus ./internal/progress ./internal/watch/...
	go test -race -run "Finalize|Donation|Options|ZeroElements|Inputs" ./cpu

# Every fuzz target for FUZZTIME, one after the other. Go sometimes takes the end of that time for a
# failure of the target ("context deadline exceeded", without an input): such a target runs again,
# and has to pass then. What crashes one is kept below its package's
# testdata/fuzz, and fails `make test` from then on. Go's default of a minute for making one input
# smaller would be longer than the whole run.
FUZZTIME ?= 10s
fuzz:
	@grep -rHoE '^func Fuzz[A-Za-z0-9_]+' --include='*_test.go' . | sed 's|/[^/]*:func | |' | sort | \
	while read -r package target; do \
		echo "$$package $$target"; \
		fuzz() { go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s "$$package"; }; \
		if said=$$(fuzz 2>&1); then echo "$$said"; continue; fi; \
		echo "$$said"; \
		case "$$said" in *"Failing input"*) exit 1;; *"context deadline exceeded"*) fuzz || exit 1;; *) exit 1;; esac; \
	done

lint:
	go vet ./...
	cd tools && go vet ./...
	cd tools && go build -o ../bin/ mvdan.cc/gofumpt honnef.co/go/tools/cmd/staticcheck
	@unformatted=$$(bin/gofumpt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then \
		echo "not formatted (gofumpt -w):"; echo "$$unformatted"; exit 1; fi
	go test -count=1 ./internal/archtest -run TestLinesFitTheScreen
	bin/staticcheck ./...
	cd tools && ../bin/staticcheck ./...
	go mod tidy -diff
	cd tools && go mod tidy -diff

# The program links for other systems and processors without the experiment, and its tests compile.
cross: export CGO_ENABLED := 0
cross: export GOEXPERIMENT :=
cross:
	@for target in linux/arm64 darwin/arm64 windows/amd64; do \
		echo "$$target"; export GOOS=$${target%/*} GOARCH=$${target#*/}; \
		go build -trimpath -o bin/cross/$$GOOS-$$GOARCH/ ./cmd/dino && go vet ./... || exit 1; \
	done

# The charts' library of dino watch, from its npm package of the pinned version and sum; the check
# compares what is committed.
assets:
	cd tools && go run ./assets -C ..
assets-check:
	cd tools && go run ./assets -C .. -check

# The pages of dino watch and dino report in a real browser, on a run that is under way. It is
# skipped, with the reason, where there is no Chromium.
browser: build
	cd tools && DINO_BINARY=../../bin/dino DINO_SCREENSHOTS=$(abspath $(SCREENSHOTS)) go test -count=1 -v ./browser

# The picture of packages in docs/architecture.md, drawn from the code.
house:
	go test -count=1 ./internal/archtest -run TestHouse -update

# The table of measurements in docs/formats.md, from the code.
measurements:
	go test -count=1 ./internal/run/trainer -run TestMeasurementsAreDocumented -update

# The table of seeded failures in docs/verdict.md, from runs of them.
verdict:
	go test -count=1 ./internal/run/pretrain -run TestVerdictOnFailures -update

# What is measured once and stated in several places: docs/figures.yaml into README.md,
# docs/benchmarks.md and the recipes.
figures:
	go test -count=1 ./internal/figures -update

# Known faults of the dependencies that the program reaches; asks vuln.go.dev.
vulnerabilities:
	cd tools && go build -o ../bin/ golang.org/x/vuln/cmd/govulncheck
	bin/govulncheck ./...

# The engine beside PyTorch in turns (`make python` first; without it the engine alone), and the
# loader; see docs/benchmarks.md. DINO_CPU=avx2 keeps both sides to AVX2. BENCH holds options:
# make bench BENCH='-work step -turns 3'
bench:
	go run ./bench $(BENCH)
	go test -run '^$$' -bench . ./internal/data/loader

# What the preset auto learns on the folders LEARN, separated by commas, within a time; see
# docs/learning.md. LEARN_FLAGS holds further options: LEARN_FLAGS='-time 20m,1h -seeds 0,1,2'
LEARN ?= demo/shapes
learn: build
	@test -d demo/shapes || bin/dino synth --out demo/shapes
	go run ./bench/learn -data $(LEARN) $(LEARN_FLAGS)

# PyTorch, timm and transformers of the versions that the tests and figures name, in a folder of
# their own: some 7 GB, three minutes.
python:
	@if cmp -s tools/python/requirements.txt $(PYTHON_HOME)/ready; then echo "$(PYTHON_HOME) is ready"; else \
		python3 -m venv --clear $(PYTHON_HOME) && \
		$(PYTHON_HOME)/bin/pip install --quiet --disable-pip-version-check -r tools/python/requirements.txt && \
		cp tools/python/requirements.txt $(PYTHON_HOME)/ready; fi

clean:
	rm -rf bin demo

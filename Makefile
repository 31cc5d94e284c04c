# dino: two commands to know are `make demo` and `make test`. Both need Go and make, and nothing else.

# The SIMD matrix product of the stock engine is behind this experiment of the Go toolchain.
export GOEXPERIMENT := simd

DEMO_SEED ?= 0

.PHONY: build demo test test-long race lint bench clean

build:
	go build -trimpath -o bin/dino ./cmd/dino

# Draws a labelled set of images, trains on it without the labels, and prints k-NN accuracy before and after.
demo: build
	bin/dino synth --out demo/shapes
	bin/dino pretrain --data demo/shapes --out demo/run-$(DEMO_SEED) --config configs/demo.yaml --seed $(DEMO_SEED)

# The method runs twice: on the engine that the program chooses, and on the stock one.
test:
	go test ./...
	DINO_TEST_BACKEND=go go test . ./vit ./internal/layer ./internal/optim

# The tests that take minutes: long kill -9 runs, and the demo's accuracy on three seeds.
test-long:
	DINO_LONG=1 go test -timeout 60m -run "TestDemoLearns|TestKill9OfEveryRecipe" ./internal/cli

race:
	go test -race ./internal/loader ./internal/checkpoint ./internal/runlog ./internal/progress

lint:
	go vet ./...
	cd tools && go build -o ../bin/ mvdan.cc/gofumpt honnef.co/go/tools/cmd/staticcheck
	@unformatted=$$(bin/gofumpt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then echo "not formatted (gofumpt -w):"; echo "$$unformatted"; exit 1; fi
	bin/staticcheck ./...

# The engine beside PyTorch in turns (DINO_TEST_PYTHON names a Python with bench/peer/requirements.txt; without it the engine alone), and
# the loader; see docs/benchmarks.md. DINO_CPU=avx2 keeps both sides to AVX2. BENCH holds options: make bench BENCH='-work step -turns 3'
bench:
	go run ./bench $(BENCH)
	go test -run '^$$' -bench . ./internal/loader

clean:
	rm -rf bin demo

package backend

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
	"testing"

	"github.com/gomlx/compute"

	"github.com/dino-go/dino/cpu"
)

// Standard output belongs to the caller: it may be JSON, and others may print at any time. Opening
// an engine prints nothing, and what others print meanwhile arrives.
func TestOpeningLeavesStandardOutputAlone(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	saved := os.Stdout
	os.Stdout = writer
	defer func() { os.Stdout = saved }()
	var printed bytes.Buffer
	arrived := make(chan error, 1)
	go func() {
		_, err := io.Copy(&printed, reader)
		arrived <- err
	}()

	var opening, printing sync.WaitGroup
	opened, lines := make(chan struct{}), 0
	printing.Go(func() {
		for {
			select {
			case <-opened:
				return
			default:
			}
			if os.Stdout != writer { // which fmt.Println reads each time, too
				t.Error("os.Stdout is another file while an engine is opened")
				return
			}
			if _, err := fmt.Fprint(os.Stdout, "."); err != nil {
				t.Error(err)
				return
			}
			lines++
		}
	})
	const goroutines, openings = 4, 200
	for range goroutines {
		opening.Go(func() {
			for range openings {
				if _, err := openGo(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	opening.Wait()
	close(opened)
	printing.Wait()
	writer.Close()
	if err := <-arrived; err != nil {
		t.Fatal(err)
	}
	if rest := bytes.ReplaceAll(printed.Bytes(), []byte("."), nil); printed.Len() != lines || len(rest) > 0 {
		t.Errorf("%d bytes arrived, want the %d that were printed here; among them %.200q", printed.Len(), lines, rest)
	}
}

func TestStockEngineHasUnlimitedWorkers(t *testing.T) {
	b, err := Open("go")
	if err != nil {
		t.Fatal(err)
	}
	if pool, ok := workersOf(b); !ok || !pool.IsUnlimited() {
		t.Errorf("the pool of %s is limited: it deadlocks on independent branches", b.Description())
	}
}

// An engine without such a pool is told apart, whatever its type.
func TestOtherEnginesHaveNoWorkers(t *testing.T) {
	own, err := cpu.New("")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []compute.Backend{own, struct{ compute.Backend }{}, unrelated{Workers: 3}, nil} {
		if _, ok := workersOf(b); ok {
			t.Errorf("%T has a pool of workers of compute's engine", b)
		}
	}
}

type unrelated struct {
	compute.Backend
	Workers int
}

//go:build unix

package trainer

import (
	"syscall"
	"testing"
	"time"

	"github.com/gomlx/compute"

	"github.com/dino-go/dino/nets/vit"
)

// The graph of a network of four times the depth takes about four times as long to compile: a deep
// one takes seconds, and not the minutes of something that grows with the square.
func TestCompilationGrowsWithTheDepth(t *testing.T) {
	took := func(depth int) time.Duration {
		s := small(t)
		s.model.ViT = vit.Custom(16, 8, 12, depth, 2)
		p, _, _ := s.parts(t)
		began := processorTime(t)
		_, err := Rehearse(p.Config, p.Learner, []int{16, 16, 8, 8},
			func(compute.Executable) (int64, bool) { return 0, true })
		if err != nil {
			t.Fatal(err)
		}
		return processorTime(t) - began
	}
	took(2) // what is done once
	shallow, deep := took(16), took(64)
	t.Logf("16 blocks take %v of the processor, 64 take %v: %.1f times as long", shallow, deep,
		deep.Seconds()/shallow.Seconds())
	if deep > 8*shallow {
		t.Errorf("64 blocks take %v of the processor, and 16 take %v: want at most 8 times as long", deep, shallow)
	}
}

// processorTime is what the process has had of the processors, whatever else runs.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

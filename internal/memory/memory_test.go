package memory

import (
	"math"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"
)

func TestList(t *testing.T) {
	needs := []Need{{5e6, "small things"}, {0, "nothing"}, {3e9, "large things"}}
	if got, want := List(needs), "3.0 GB for large things, 5 MB for small things"; got != want || Sum(needs) != 3005e6 {
		t.Errorf("%s and %d, want %s", got, Sum(needs), want)
	}
}

// GOMEMLIMIT is a limit like the others.
func TestSoftLimitOfTheUser(t *testing.T) {
	before := debug.SetMemoryLimit(held() + 50*1<<20)
	defer debug.SetMemoryLimit(before)
	l, ok := Process{}.Available()
	if !ok || l.From != softFrom || l.Available > 60<<20 || l.Available < 30<<20 {
		t.Errorf("%+v, want about 50 MiB from %s", l, softFrom)
	}
}

// Garbage is bounded by a number of bytes, and in a small heap by what is in use.
func TestGarbageIsBounded(t *testing.T) {
	for used, want := range map[int64]int64{
		0: 0, 1 << 20: 1 << 20, Headroom: Headroom, 4 * Headroom: Headroom, 100 * Headroom: 5 * Headroom,
	} {
		if got := Garbage(used); got != want {
			t.Errorf("%d bytes in use: %d of garbage, want %d", used, got, want)
		}
	}
}

// With much in use the heap is collected long before it has grown to twice that.
func TestHeapGrowsByTheHeadroom(t *testing.T) {
	limitGarbage()
	defer debug.SetGCPercent(100)
	inUse := make([]byte, 4*Headroom)
	for range 5 { // the setting follows a collection, in a goroutine of its own
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
	}
	most := uint64(0)
	for range 40 {
		sink = make([]byte, Headroom/8)
		goal := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
		metrics.Read(goal)
		most = max(most, goal[0].Value.Uint64())
	}
	runtime.KeepAlive(inUse)
	if limit := uint64(6 * Headroom); most > limit {
		t.Errorf("the heap may grow to %d bytes, with %d in use: want at most %d", most, len(inUse), limit)
	}
}

var sink []byte

// The process under test prints its soft limit after LimitHeap.
func TestMain(m *testing.M) {
	if os.Getenv("DINO_TEST_LIMIT_HEAP") == "" {
		os.Exit(m.Run())
	}
	LimitHeap()
	switch limit := debug.SetMemoryLimit(-1); {
	case limit == math.MaxInt64:
		os.Stdout.WriteString("none")
	case limit == 777<<20:
		os.Stdout.WriteString("the user's")
	default:
		os.Stdout.WriteString("ours")
	}
	os.Exit(0)
}

func TestLimitHeap(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("elsewhere nothing is known")
	}
	for _, c := range []struct{ shell, want string }{
		{"ulimit -v 4000000; exec $0", "ours"},
		{"ulimit -v 4000000; GOMEMLIMIT=777MiB exec $0", "the user's"},
	} {
		cmd := exec.Command("sh", "-c", c.shell, os.Args[0])
		cmd.Env = append(os.Environ(), "DINO_TEST_LIMIT_HEAP=1")
		out, err := cmd.CombinedOutput()
		if err != nil || strings.TrimSpace(string(out)) != c.want {
			t.Errorf("%s: %s limit (%v), want %s", c.shell, out, err, c.want)
		}
	}
}

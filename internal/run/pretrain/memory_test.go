package pretrain

import (
	"testing"

	"github.com/dino-go/dino/internal/memory"
)

func TestVerdict(t *testing.T) {
	needs := []memory.Need{{Bytes: 3, For: "this"}, {Bytes: 2, For: "that"}}
	for available, want := range map[int64]string{4: "too much still", 5: "which fits"} {
		if got := fits(needs, available); got != want {
			t.Errorf("5 bytes of %d: %s, want %s", available, got, want)
		}
	}
}

package pickle

import (
	"runtime/metrics"
	"testing"
)

// allocated is how many bytes this process has taken from the heap so far. Unlike
// runtime.ReadMemStats it does not stop the world.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// FuzzDecode checks that no text makes the machine panic, hang, or take more memory than it may.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"N.", "\x80\x02}q\x00(X\x01\x00\x00\x00aK\x01u.", "]q\x01(K\x01h\x01e.", "cm\nPoint\nK\x01\x85RNb.",
		"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.",
		"(K\x01K\x02t2\x86.", "\x8f(K\x01\x90.", "K\x07Q.",
		"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00K\x07\x94h\x00\x86.",
	} {
		f.Add([]byte(seed))
	}
	const memory = 1 << 20
	f.Fuzz(func(t *testing.T, text []byte) {
		before := allocated()
		_, n, err := Decode(text, Options{Find: find, Memory: memory})
		if err == nil && n > len(text) {
			t.Fatalf("has %d bytes of %d", n, len(text))
		}
		if used := allocated() - before; used > 4*memory {
			t.Fatalf("allocates %d bytes with an allowance of %d", used, memory)
		}
	})
}

package embed

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dino-go/dino/internal/progress"

	"github.com/dino-go/dino/internal/cli/encoder"
	"github.com/dino-go/dino/internal/data/synth"
	"github.com/dino-go/dino/internal/output/embeddings"

	"github.com/dino-go/dino/internal/testkit/weightstest"
)

// An interrupted embedding goes on where it stopped, and the file is the same as without the
// interruption, bit for bit.
func TestInterruptedEmbeddingGoesOn(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	for i := range 200 {
		var b bytes.Buffer
		if err := png.Encode(&b, synth.Draw(1, i%3, i, 24)); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(data, synth.Classes()[i%3].Name, string(rune('a'+i/26))+string(rune('a'+i%26))+".png")
		if i%50 == 7 {
			b.Truncate(10)
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755),
			os.WriteFile(path, b.Bytes(), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	o := Options{Options: encoder.Default(), Data: data, Quiet: true}
	o.Weights, o.Batch, o.Workers, o.Backend = weightstest.Random(t, dir), 1, 1, "cpu"

	o.Out = filepath.Join(dir, "whole.csv")
	if err := run(context.Background(), progress.New(io.Discard, progress.Quiet), o); err != nil {
		t.Fatal(err)
	}
	o.Out = filepath.Join(dir, "resumed.csv")
	ctx, cancel := context.WithCancel(context.Background())
	go func() { // until two parts are there
		for range 5000 {
			if found, _ := filepath.Glob(filepath.Join(embeddings.PartsDir(o.Out),
				"part-*1.safetensors")); len(found) > 0 {
				break
			}
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if err := run(ctx, progress.New(io.Discard, progress.Quiet), o); !errors.Is(err, context.Canceled) {
		t.Fatalf("the interrupted run ends with %v", err)
	}
	if _, err := os.Stat(o.Out); err == nil {
		t.Fatal("an interrupted run has written its file")
	}
	var out bytes.Buffer
	o.Quiet, o.JSON = false, true
	if err := run(context.Background(), progress.New(&out, progress.JSON), o); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(out.Bytes(), []byte("going on behind ")) {
		t.Errorf("the second run began again:\n%s", out.String())
	}
	for _, suffix := range []string{"", ".bad.jsonl"} {
		want, err := os.ReadFile(filepath.Join(dir, "whole.csv"+suffix))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(o.Out + suffix)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q differs from that of an undisturbed run (%v)", suffix, err)
		}
	}
}

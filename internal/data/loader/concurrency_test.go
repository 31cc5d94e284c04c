package loader

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// The bubble of synctest fails the test when a goroutine outlives it.
func TestNoGoroutineIsLeftBehind(t *testing.T) {
	endings := map[string]func(t *testing.T, l *Loader, cancel func()){
		"closed at once":      func(*testing.T, *Loader, func()) {},
		"cancelled":           func(_ *testing.T, _ *Loader, cancel func()) { cancel() },
		"closed with batches": func(t *testing.T, l *Loader, _ func()) { mustNext(t, l); mustNext(t, l) },
		"read to the end": func(t *testing.T, l *Loader, _ func()) {
			for range 6 {
				mustNext(t, l)
			}
			if _, _, err := l.Next(context.Background()); !errors.Is(err, io.EOF) {
				t.Errorf("error = %v, want io.EOF", err)
			}
		},
	}
	for name, end := range endings {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				f := &fakeImages{delay: func(int) time.Duration { return time.Millisecond }}
				l, err := New(ctx, fakeConfig(t, f, 8, 4, 6))
				if err != nil {
					t.Fatal(err)
				}
				end(t, l, cancel)
				l.Close()
			})
		})
	}
}

func mustNext(t *testing.T, l *Loader) *Batch {
	t.Helper()
	b, _, err := l.Next(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNextMeasuresTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeImages{delay: func(int) time.Duration { return time.Second }}
		cfg := fakeConfig(t, f, 40, 4, 10)
		cfg.Workers, cfg.Prefetch = 2, 1 // 2 s a batch
		l, err := New(context.Background(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		for step, test := range []struct{ busy, want time.Duration }{
			{0, 2 * time.Second}, // the first batch is all waiting
			{500 * time.Millisecond, 1500 * time.Millisecond},
			{time.Minute, 0},
		} {
			time.Sleep(test.busy)
			_, waited, err := l.Next(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if waited != test.want {
				t.Errorf("step %d: waited %v, want %v", step, waited, test.want)
			}
		}
	})
}

func TestPrefetchIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeImages{}
		cfg := fakeConfig(t, f, 100, 4, 25)
		cfg.Prefetch = 3
		l, err := New(context.Background(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		for taken := range 3 {
			synctest.Wait()
			reads := 0
			for i := range 100 {
				reads += f.readCount(i)
			}
			if want := (taken + 3) * 4; reads != want {
				t.Errorf("%d images read with %d batches taken, want %d", reads, taken, want)
			}
			mustNext(t, l)
		}
	})
}

func TestNextCanBeRepeatedAfterItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeImages{delay: func(int) time.Duration { return time.Second }}
		l, err := New(context.Background(), fakeConfig(t, f, 8, 4, 2))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		if _, waited, err := l.Next(ctx); !errors.Is(err, context.DeadlineExceeded) || waited != time.Millisecond {
			t.Errorf("waited %v with error %v, want 1ms and its deadline", waited, err)
		}
		if b := mustNext(t, l); b.Step != 0 {
			t.Errorf("the next batch is step %d, want 0", b.Step)
		}
	})
}

func TestContextOfTheLoaderEndsNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeImages{delay: func(int) time.Duration { return time.Hour }}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		l, err := New(ctx, fakeConfig(t, f, 8, 4, 2))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		for range 2 {
			if _, _, err := l.Next(context.Background()); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error = %v, want the deadline of the loader's context", err)
			}
		}
	})
}

package loader

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/data/order"
)

// BenchmarkLoader measures images a second on one core: JPEG files of 500 × 375
// pixels to the views of the paper's policy, 2 × 224 and 8 × 96 pixels. The
// benchmarks beside it say where the time goes: decoding alone, and views alone
// (a cache that holds everything).
func BenchmarkLoader(b *testing.B) {
	paths := writeJPEGs(b, 16, 500, 375)
	crops, err := augment.New(augment.Default(augment.Paper), 16)
	if err != nil {
		b.Fatal(err)
	}
	read := func(path string) (*augment.Image, error) { return imageio.DecodeFile(path, imageio.Limits{}) }
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			for _, path := range paths {
				if _, err := read(path); err != nil {
					b.Fatal(err)
				}
			}
		}
		perSecond(b, len(paths))
	})
	for _, cache := range []int64{0, 1 << 30} {
		b.Run(fmt.Sprintf("cache=%dMiB", cache>>20), func(b *testing.B) {
			order, err := order.NewSequence(1, (&folder.Index{Files: make([]folder.File, len(paths))}).All(), 8)
			if err != nil {
				b.Fatal(err)
			}
			cfg := Config{
				Order: order, Last: math.MaxInt, Path: func(i int) string { return paths[i] },
				Decode: read, Workers: 1, Prefetch: 1, CacheBytes: cache,
			}
			cfg.Views, cfg.NewRender = Crops(crops, 1)
			l, err := New(context.Background(), cfg)
			if err != nil {
				b.Fatal(err)
			}
			defer l.Close()
			for range 3 { // past the first epoch, so that the cache is full
				next(b, l)
			}
			for b.Loop() {
				next(b, l)
			}
			perSecond(b, order.Batch())
		})
	}
}

func next(b *testing.B, l *Loader) {
	batch, _, err := l.Next(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	batch.Release()
}

func perSecond(b *testing.B, images int) {
	b.ReportMetric(float64(images*b.N)/b.Elapsed().Seconds(), "img/s")
}

// writeJPEGs writes n files with about as much detail as photographs have:
// waves of all lengths, each as strong as it is long.
func writeJPEGs(b *testing.B, n, width, height int) []string {
	b.Helper()
	dir := b.TempDir()
	paths := make([]string, n)
	for i := range paths {
		rng := rand.New(rand.NewPCG(uint64(i), 1))
		img := image.NewRGBA(image.Rect(0, 0, width, height))
		var waves [24][4]float64
		for k := range waves {
			length, angle := math.Exp(rng.Float64()*5), 2*math.Pi*rng.Float64()
			waves[k] = [4]float64{
				math.Cos(angle) / length, math.Sin(angle) / length, 2 * math.Pi * rng.Float64(),
				math.Sqrt(length),
			}
		}
		for y := range height {
			for x := range width {
				v := 128.0
				for _, w := range waves {
					v += w[3] * math.Sin(w[0]*float64(x)+w[1]*float64(y)+w[2])
				}
				img.Set(x, y, color.RGBA{shade(v), shade(v + 30*math.Sin(float64(x)/90)), shade(255 - v), 255})
			}
		}
		var file bytes.Buffer
		if err := jpeg.Encode(&file, img, &jpeg.Options{Quality: 90}); err != nil {
			b.Fatal(err)
		}
		paths[i] = filepath.Join(dir, fmt.Sprintf("%d.jpg", i))
		if err := os.WriteFile(paths[i], file.Bytes(), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return paths
}

func shade(v float64) uint8 { return uint8(max(0, min(255, v))) }

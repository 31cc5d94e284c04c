package survey

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/data/imageio"
)

// A picture that is one wave has the bit of its frequency, and its negative has not.
func TestWavesHaveTheirBit(t *testing.T) {
	for j := range frequencies {
		for k := range frequencies {
			if j+k == 0 {
				continue
			}
			var wave, negative [side][side]float64
			for y := range side {
				for x := range side {
					down, across := math.Pi*float64(j)*(float64(y)+.5)/side, math.Pi*float64(k)*(float64(x)+.5)/side
					v := math.Cos(down) * math.Cos(across)
					wave[y][x], negative[y][x] = 128+100*v, 128-100*v
				}
			}
			bit := uint64(1) << (j*frequencies + k - 1)
			if waves(&wave)&bit == 0 || waves(&negative)&bit != 0 {
				t.Errorf("frequency %d down, %d across: the bits are %b and %b", j, k, waves(&wave), waves(&negative))
			}
		}
	}
}

// A picture that gets brighter from left to right has all slopes, and mirrored none.
func TestSlopes(t *testing.T) {
	var right, left, lower [side][side]float64
	for y := range side {
		for x := range side {
			right[y][x], left[y][x] = float64(x), float64(side-x)
			if y >= side/2 {
				lower[y][x] = float64(x)
			}
		}
	}
	if a, b, c := slopes(&right), slopes(&left), slopes(&lower); a != math.MaxUint64 || b != 0 || c != 0xffffffff<<32 {
		t.Errorf("slopes %x, %x, %x", a, b, c)
	}
}

func TestSeeSaysWhatIsBad(t *testing.T) {
	m, err := NewEye(imageio.Reading{}).See(3, drawing(1, 40)[:100])
	if !imageio.Undecodable(err) || m.Bad == "" || m.Decoded() || m.Number != 3 || m.Header.Width != 40 {
		t.Errorf("got %+v, %v", m, err)
	}
	if m, err = NewEye(imageio.Reading{}).See(4, drawing(1, 40)); err != nil || !m.Decoded() || m.Bad != "" {
		t.Errorf("got %+v, %v", m, err)
	}
}

func TestOfEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Of(ctx, &folder.Index{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

package survey

import (
	"cmp"
	"context"
	"math/bits"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/data/synth"
	"github.com/dino-go/dino/internal/testkit"
)

// allPairs groups looks by comparing each with each.
func allPairs(looks []look) [][]int {
	links := newUnion(len(looks))
	for a := range looks {
		for b := range a {
			if looks[a].distance(&looks[b]) <= nearBits && looks[a].colours(&looks[b], nearColour) {
				links.join(a, b)
			}
		}
	}
	return links.groups()
}

// The index finds what the comparison of all pairs finds: looks at random, and around each other at
// every distance up to beyond the limit.
func TestAlikeEqualsAllPairs(t *testing.T) {
	rng := rand.New(rand.NewPCG(testkit.Seed(t), 0))
	var looks []look
	for len(looks) < 1500 {
		l := look{waves: rng.Uint64() &^ (1 << 63), slopes: rng.Uint64()}
		looks = append(looks, l)
		for range rng.IntN(5) {
			near := l
			for range rng.IntN(nearBits + 4) {
				if rng.IntN(2) == 0 {
					near.waves ^= 1 << rng.IntN(63)
				} else {
					near.slopes ^= 1 << rng.IntN(64)
				}
			}
			if rng.IntN(3) == 0 {
				looks = append(looks, near) // the same once more
			}
			near.colour[rng.IntN(4)][rng.IntN(3)] = uint8(rng.IntN(2 * nearColour))
			looks = append(looks, near)
		}
	}
	got, complete, err := alike(context.Background(), looks, maxCompared)
	if err != nil {
		t.Fatal(err)
	}
	want := allPairs(looks)
	byFirst := func(a, b []int) int { return cmp.Compare(a[0], b[0]) }
	slices.SortFunc(got, byFirst)
	slices.SortFunc(want, byFirst)
	if !complete || len(want) < 100 || !reflect.DeepEqual(got, want) {
		t.Errorf("%d groups, want the %d of all pairs", len(got), len(want))
	}
}

// Where nearly all images are the same, the search ends in time and says that it is not complete.
func TestAlikeIsBounded(t *testing.T) {
	rng := rand.New(rand.NewPCG(testkit.Seed(t), 0))
	looks := make([]look, 3000)
	for k := range looks {
		for range 6 {
			looks[k].waves ^= 1 << rng.IntN(63)
		}
	}
	some, complete, err := alike(context.Background(), looks, 20_000)
	if complete || err != nil || len(some) == 0 {
		t.Errorf("complete %v, %d groups, %v", complete, len(some), err)
	}
	all, complete, err := alike(context.Background(), looks, maxCompared)
	if !complete || err != nil || Extra(all) <= Extra(some) {
		t.Errorf("complete %v, %v; %d images are alike, %d of some pairs", complete, err, Extra(all), Extra(some))
	}
}

// Every bit of a hash is in one piece: flipping it changes one piece by one bit.
func TestPiecesHoldEveryBit(t *testing.T) {
	for bit := range 128 {
		l := look{}
		if bit < 64 {
			l.waves = 1 << bit
		} else {
			l.slopes = 1 << (bit - 64)
		}
		ones := 0
		for _, p := range l.pieces() {
			for ; p != 0; p &= p - 1 {
				ones++
			}
		}
		if ones != 1 {
			t.Errorf("bit %d is in %d places", bit, ones)
		}
	}
}

// What people do to a picture leaves its look, and other pictures look otherwise.
func TestLookSurvives(t *testing.T) {
	thumbnail := func(img *augment.Image) look {
		s := new(augment.Scratch)
		return lookOf(s.Apply(img, augment.Resize{Width: side, Height: side, Interpolation: augment.Bilinear}))
	}
	changes := map[string]func(img *augment.Image) *augment.Image{
		"recompressed": func(img *augment.Image) *augment.Image {
			data, err := imageio.EncodeJPEG(img, 50)
			if err != nil {
				t.Fatal(err)
			}
			out, err := imageio.Decode(data, imageio.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			return out
		},
		"half the size": func(img *augment.Image) *augment.Image {
			return new(augment.Scratch).Apply(img,
				augment.Resize{Width: 48, Height: 48, Interpolation: augment.Bicubic})
		},
		"brighter": func(img *augment.Image) *augment.Image {
			out := augment.NewImage(img.Width, img.Height)
			for i, v := range img.Pix {
				out.Pix[i] = uint8(min(255, int(v)*107/100))
			}
			return out
		},
	}
	var looks []look
	for i := range 60 {
		img := imageio.FromImage(synth.Draw(11, i%10, i, 96))
		l := thumbnail(img)
		looks = append(looks, l)
		for name, change := range changes {
			changed := thumbnail(change(img))
			if d := l.distance(&changed); d > nearBits || !l.colours(&changed, nearColour) {
				t.Errorf("image %d, %s: %d bits differ", i, name, d)
			}
		}
	}
	if groups, _, err := alike(context.Background(), looks, maxCompared); len(groups) > 0 || err != nil {
		t.Errorf("different drawings are near duplicates: %v", groups)
	}
}

// distance is the number of bits in which two looks differ, 0 to 127.
func (l *look) distance(other *look) int {
	return bits.OnesCount64(l.waves^other.waves) + bits.OnesCount64(l.slopes^other.slopes)
}

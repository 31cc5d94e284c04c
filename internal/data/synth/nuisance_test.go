package synth

import (
	"image"
	"math"
	"testing"
)

const (
	perClass = 30 // images of each class to learn from, and as many to test on
	testSize = 32
)

// meanColour is the mean of every channel, in levels.
func meanColour(img *image.NRGBA) []float64 {
	mean := make([]float64, 3)
	for i, v := range img.Pix {
		if i%4 < 3 {
			mean[i%4] += float64(v) / float64(len(img.Pix)/4)
		}
	}
	return mean
}

// roughness is the mean absolute step of brightness to the right, downwards,
// and along both diagonals: little of it is colour or place.
func roughness(img *image.NRGBA) []float64 {
	size := img.Bounds().Dx()
	level := func(x, y int) float64 {
		c := img.NRGBAAt(x, y)
		return float64(c.R) + float64(c.G) + float64(c.B)
	}
	steps := make([]float64, 4)
	for i := range (size - 1) * (size - 1) {
		x, y := i%(size-1), i/(size-1)
		here, right, below, across := level(x, y), level(x+1, y), level(x, y+1), level(x+1, y+1)
		steps[0] += math.Abs(right - here)
		steps[1] += math.Abs(below - here)
		steps[2] += math.Abs(across - here)
		steps[3] += math.Abs(below - right)
	}
	return steps
}

// nearestCentroid is the share of held-out images whose class has the nearest
// mean of the features, each feature scaled by its spread.
func nearestCentroid(features func(*image.NRGBA) []float64) float64 {
	learn, test := make([][][]float64, len(classes)), make([][][]float64, len(classes))
	for class := range classes {
		for i := range perClass {
			learn[class] = append(learn[class], features(Draw(3, class, i, testSize)))
			test[class] = append(test[class], features(Draw(3, class, perClass+i, testSize)))
		}
	}
	width := len(learn[0][0])
	centroids, spread := make([][]float64, len(classes)), make([]float64, width)
	for class := range classes {
		centroids[class] = make([]float64, width)
		for _, f := range learn[class] {
			for k, v := range f {
				centroids[class][k] += v / perClass
			}
		}
		for _, f := range learn[class] {
			for k, v := range f {
				spread[k] += math.Pow(v-centroids[class][k], 2)
			}
		}
	}
	right := 0
	for class := range classes {
		for _, f := range test[class] {
			best, distance := -1, math.Inf(1)
			for guess, c := range centroids {
				d := 0.0
				for k := range f {
					d += math.Pow(f[k]-c[k], 2) / spread[k]
				}
				if d < distance {
					best, distance = guess, d
				}
			}
			if best == class {
				right++
			}
		}
	}
	return float64(right) / float64(len(classes)*perClass)
}

// Colour is nuisance: it does not tell the class. Texture does, or the set
// could not be learned; that also shows the classifier able to tell.
func TestColourTellsLittleAndTextureMuch(t *testing.T) {
	chance := 1 / float64(len(classes))
	if share := nearestCentroid(meanColour); share > 2*chance {
		t.Errorf("mean colours tell the class of %.0f %% of images, want at most %.0f %%", 100*share, 200*chance)
	}
	if share := nearestCentroid(roughness); share < 4*chance {
		t.Errorf("roughness tells the class of %.0f %% of images, want at least %.0f %%", 100*share, 400*chance)
	}
}

// Nuisance varies within an image: quarters of one image differ in mean colour
// more than whole images do, so crops are not recognised by their tint.
func TestColourVariesWithinAnImage(t *testing.T) {
	var within, between float64
	for class := range classes {
		var images [][]float64
		for i := range perClass {
			img := Draw(4, class, i, testSize)
			whole := meanColour(img)
			images = append(images, whole)
			for quarter := range 4 {
				x, y := quarter%2*testSize/2, quarter/2*testSize/2
				part := image.NewNRGBA(image.Rect(0, 0, testSize/2, testSize/2))
				for j := range testSize * testSize / 4 {
					part.SetNRGBA(j%(testSize/2), j/(testSize/2), img.NRGBAAt(x+j%(testSize/2), y+j/(testSize/2)))
				}
				within += squaredDistance(meanColour(part), whole) / 4
			}
		}
		for i := range images {
			between += squaredDistance(images[i], images[(i+1)%len(images)]) / 2
		}
	}
	if within < between {
		t.Errorf("mean squared deviation of colour within images is %.0f, between images %.0f: want the larger within",
			within, between)
	}
}

func squaredDistance(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += math.Pow(a[i]-b[i], 2)
	}
	return sum
}

package attnmap

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dino-go/dino/internal/spelling"
)

// ColorMap gives numbers from 0 to 1 a colour, linearly between colours that are
// evenly spaced.
type ColorMap [][3]uint8

var (
	// Viridis goes from violet through green to yellow, with an even rise in
	// lightness: ten colours of the map by S. van der Walt and N. Smith.
	Viridis = ColorMap{
		{68, 1, 84},
		{72, 40, 120},
		{62, 73, 137},
		{49, 104, 142},
		{38, 130, 142},
		{31, 158, 137},
		{53, 183, 121},
		{110, 206, 88},
		{181, 222, 43},
		{253, 231, 37},
	}
	// Inferno goes from black through red to pale yellow: ten colours of the map
	// by the same authors.
	Inferno = ColorMap{
		{0, 0, 4},
		{27, 12, 65},
		{74, 12, 107},
		{120, 28, 109},
		{165, 44, 96},
		{207, 68, 70},
		{237, 105, 37},
		{251, 155, 6},
		{247, 209, 61},
		{252, 255, 164},
	}
)

var colorMaps = map[string]ColorMap{"viridis": Viridis, "inferno": Inferno}

// ColorMapNames lists the names that [NamedColorMap] knows.
func ColorMapNames() []string {
	var names []string
	for name := range colorMaps {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// NamedColorMap returns a map by its name.
func NamedColorMap(name string) (ColorMap, error) {
	if m, ok := colorMaps[name]; ok {
		return m, nil
	}
	return nil, fmt.Errorf("attnmap: colour map is %q: must be one of %s%s", name, strings.Join(ColorMapNames(), ", "),
		spelling.DidYouMean(name, ColorMapNames()))
}

// At returns the colour of v; less than 0 counts as 0, more than 1 as 1.
func (m ColorMap) At(v float64) (r, g, b uint8) {
	place := min(max(v, 0), 1) * float64(len(m)-1)
	low := min(int(place), len(m)-2)
	f := place - float64(low)
	mix := func(c int) uint8 {
		return uint8(math.Round((1-f)*float64(m[low][c]) + f*float64(m[low+1][c])))
	}
	return mix(0), mix(1), mix(2)
}

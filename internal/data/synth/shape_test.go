package synth

import (
	"math"
	"testing"
)

// raster samples a silhouette at n × n points of the square that reaches to
// shapeReach.
func raster(s shape, n int) []bool {
	points := make([]bool, n*n)
	for i := range points {
		x := shapeReach * (2*(float64(i%n)+0.5)/float64(n) - 1)
		y := shapeReach * (2*(float64(i/n)+0.5)/float64(n) - 1)
		points[i] = s(x, y)
	}
	return points
}

// Areas by geometry: a wrong edge moves them.
func TestShapeAreas(t *testing.T) {
	const n = 800
	cell := math.Pow(2*shapeReach/n, 2)
	for _, c := range []struct {
		name  string
		shape shape
		want  float64
	}{
		{"disc", disc, math.Pi * 0.81},
		{"square", square, 1.6 * 1.6},
		{"triangle", triangle, 1.75},
		{"star", star, 10 * 0.5 * 1 * 0.5 * math.Sin(math.Pi/5)},
		{"ring", ring, math.Pi * (0.98*0.98 - 0.42*0.42)},
		{"cross", cross, 2*1.9*0.72 - 0.72*0.72},
		{"diamond", diamond, 2 * 0.85},
		{"hexagon", hexagon, 2 * math.Sqrt(3) * 0.64},
	} {
		area := 0.0
		for _, inside := range raster(c.shape, n) {
			if inside {
				area += cell
			}
		}
		if math.Abs(area-c.want) > 0.02 {
			t.Errorf("%s has area %.3f, want %.3f", c.name, area, c.want)
		}
	}
}

func TestShapesStayWithinReach(t *testing.T) {
	for _, c := range classes {
		for angle := 0.0; angle < 2*math.Pi; angle += 0.01 {
			sin, cos := math.Sincos(angle)
			for _, r := range []float64{1, 1.5, 2, 4} {
				if c.shape(r*shapeReach*cos, r*shapeReach*sin) {
					t.Fatalf("%s covers a point at distance %.2f, beyond its reach %.2f", c.Name, r*shapeReach,
						shapeReach)
				}
			}
		}
	}
}

// Every two silhouettes differ in a good part of what either covers.
func TestShapesDiffer(t *testing.T) {
	const n = 100
	for i, a := range classes {
		for _, b := range classes[:i] {
			either, both := 0, 0
			pa, pb := raster(a.shape, n), raster(b.shape, n)
			for k := range pa {
				if pa[k] || pb[k] {
					either++
				}
				if pa[k] && pb[k] {
					both++
				}
			}
			if overlap := float64(both) / float64(either); overlap > 0.95 {
				t.Errorf("%s and %s overlap by %.0f %%", a.Name, b.Name, 100*overlap)
			}
		}
	}
}

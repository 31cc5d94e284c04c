package synth

import "math"

// shape is a silhouette: it reports whether the point (x, y) lies inside. The
// silhouette fills about the unit disc; x points right and y down.
type shape func(x, y float64) bool

// shapeReach is the distance from the origin beyond which no silhouette goes.
const shapeReach = 1.3

func disc(x, y float64) bool { return x*x+y*y < 0.9*0.9 }

func square(x, y float64) bool { return math.Max(math.Abs(x), math.Abs(y)) < 0.8 }

func triangle(x, y float64) bool { return y < 0.75 && y > 1.75*math.Abs(x)-1 }

// star has five points; its boundary is the polygon through ten points that
// lie in turn at radius 1 and at radius 0.5.
func star(x, y float64) bool {
	const sector = 2 * math.Pi / 5
	angle := math.Atan2(x, -y)
	angle -= sector * math.Round(angle/sector)
	return edgeRadius(math.Abs(angle), 1, 0.5, sector/2) > math.Hypot(x, y)
}

// edgeRadius is the distance from the origin, in the direction angle, to the
// segment that joins radius r0 at angle 0 with radius r1 at angle span.
func edgeRadius(angle, r0, r1, span float64) float64 {
	return r0 * r1 * math.Sin(span) / (r0*math.Sin(angle) + r1*math.Sin(span-angle))
}

func ring(x, y float64) bool {
	r := math.Hypot(x, y)
	return r > 0.42 && r < 0.98
}

func cross(x, y float64) bool {
	x, y = math.Abs(x), math.Abs(y)
	return math.Max(x, y) < 0.95 && math.Min(x, y) < 0.36
}

func diamond(x, y float64) bool { return math.Abs(x)/0.85+math.Abs(y) < 1 }

// heart is the cubic (x²+y²−1)³ < x²y³ in upright axes, shrunk to the unit disc.
func heart(x, y float64) bool {
	x, y = 1.2*x, -1.2*y+0.1
	b := x*x + y*y - 1
	return b*b*b < x*x*y*y*y
}

func hexagon(x, y float64) bool {
	x, y = math.Abs(x), math.Abs(y)
	return y < 0.8 && x*math.Sqrt(3)/2+y/2 < 0.8
}

func crescent(x, y float64) bool {
	return x*x+y*y < 0.95*0.95 && math.Hypot(x-0.55, y) > 0.7
}

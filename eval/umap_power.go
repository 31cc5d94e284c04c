package eval

import (
	"math"
	"sync"
)

// of returns x^curveB for a positive finite x, to seven digits: layouts raise a hundred million
// numbers. The power of the binary exponent is looked up, that of the mantissa lies on a line
// between two that are.
func (p *powers) of(x float64) float64 {
	const step = 1 << (52 - mantissaBits)
	number := math.Float64bits(x)
	fraction := number & (1<<52 - 1)
	low := p.mantissa[fraction/step : fraction/step+2]
	return p.exponent[number>>52] * (low[0] + (low[1]-low[0])*(float64(fraction%step)/step))
}

// mantissaBits decide how fine the table of mantissas is.
const mantissaBits = 10

// powers are tables of powers.
type powers struct {
	exponent [1 << 11]float64 // by the bits of the exponent, 0 for the sign
	mantissa [1<<mantissaBits + 1]float64
}

var curvePowers = sync.OnceValue(func() *powers {
	p := new(powers)
	for i := range p.exponent {
		p.exponent[i] = math.Pow(2, curveB*float64(i-1023))
	}
	for i := range p.mantissa {
		p.mantissa[i] = math.Pow(1+float64(i)/(1<<mantissaBits), curveB)
	}
	return p
})

package digits

import (
	"math"
	"testing"
)

func TestSignificant(t *testing.T) {
	for x, want := range map[float64]string{
		0.012345: "0.0123", 1.2345: "1.23", 9.996: "10.0", 12.345: "12.3", 123.45: "123", 999.6: "1000", 12345: "12300",
		0: "0", -1.2345: "-1.23", 1e-9: "0.00000000100", math.Inf(1): "+Inf",
	} {
		if got := Significant(x); got != want {
			t.Errorf("%v is %s, want %s", x, got, want)
		}
	}
}

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

func TestCount(t *testing.T) {
	for n, want := range map[int]string{
		0: "0", 9999: "9999", 10_000: "10.0 thousand", 999_949: "999.9 thousand", 999_950: "1.0 million",
		1_234_567: "1.2 million", 99_949_999: "99.9 million", 99_950_000: "100 million", 304_368_640: "304 million",
	} {
		if got := Count(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

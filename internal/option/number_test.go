package option

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// Numbers that readers disagree about, or that do not fit, are refused; the rest are read as a
// person reads them.
func TestNumbers(t *testing.T) {
	forms := "plain decimal digits"
	for text, want := range map[string]string{
		"0": "", "7": "", "-3": "", "2147483647": "", "-2147483648": "",
		"010": forms, "00": forms, "-0": forms, "+5": forms, "1_000": forms, "0x10": forms, "0o10": forms, "0b1": forms,
		"1e3": forms, "5.0": forms,
		"": forms, " 5": forms, "5 ": forms, "five": forms, "٣": forms, "1,000": forms, "--5": forms, "1:30": forms,
		"NaN":        forms,
		"2147483648": "from -2147483648 to 2147483647", "99999999999999999999": "from -2147483648",
	} {
		n, err := ParseInt(text)
		check(t, text, fmt.Sprint(n), err, want)
	}
	for text, want := range map[string]string{
		"0": "", "18446744073709551615": "", "18446744073709551616": "from 0 to 18446744073709551615",
		"-1": "from 0 to", "010": forms,
	} {
		n, err := ParseUint(text)
		check(t, text, fmt.Sprint(n), err, want)
	}
	decimal, size := "decimal number", "what a float32 holds"
	for text, want := range map[string]string{
		"inf": decimal, "NaN": decimal, ".inf": decimal, ".nan": decimal, "1_0.5": decimal, "0x1p4": decimal,
		"01.5": decimal, "+1": decimal, "1e": decimal, "": decimal, ".": decimal, "-": decimal,
		"-0": "negative zero", "-0.0": "negative zero", "-0e5": "negative zero",
		"1e400": size, "-1e39": size, "1e-400": size, "1e-50": size, "-1e-400": "negative zero", "123456789e-999": size,
	} {
		_, err := ParseFloat(text)
		check(t, text, "", err, want)
	}
	for text, want := range map[string]float64{
		"0": 0, "0.0": 0, "0e9": 0, "5": 5, "5.": 5, ".5": 0.5, "-.5": -0.5, "1e-3": 1e-3, "1E5": 1e5, "1e+38": 1e38,
		"0.996": 0.996, "1.1754943508222875e-38": 0x1p-126, "3.4028234663852886e38": math.MaxFloat32,
	} {
		if x, err := ParseFloat(text); x != want || err != nil || math.Signbit(x) != (want < 0) {
			t.Errorf("%q is %v (%v), want %v", text, x, err, want)
		}
	}
}

func check(t *testing.T, text, got string, err error, want string) {
	t.Helper()
	switch {
	case want == "" && (err != nil || got != text):
		t.Errorf("%q is %s, %v", text, got, err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("%q: %v, want %q", text, err, want)
	}
}

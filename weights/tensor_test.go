package weights

import (
	"math"
	"strings"
	"testing"
)

// TestFloat16AllValues compares the conversion of all 65536 halves with the
// definition (−1)^sign · 2^(exponent−15) · (1 + mantissa/1024).
func TestFloat16AllValues(t *testing.T) {
	for bits := range 1 << 16 {
		got := float16ToFloat32(uint16(bits))
		want := halfByDefinition(uint16(bits))
		if math.IsNaN(want) {
			if got == got {
				t.Fatalf("%#04x: got %v, want NaN", bits, got)
			}
			continue
		}
		if float64(got) != want || math.Signbit(float64(got)) != math.Signbit(want) {
			t.Fatalf("%#04x: got %v, want %v", bits, got, want)
		}
	}
}

func halfByDefinition(h uint16) float64 {
	sign, exponent, mantissa := 1.0, int(h>>10)&31, float64(h&1023)/1024
	if h>>15 == 1 {
		sign = -1
	}
	switch {
	case exponent == 31 && mantissa != 0:
		return math.NaN()
	case exponent == 31:
		return math.Inf(int(sign))
	case exponent == 0:
		return math.Copysign(math.Ldexp(mantissa, -14), sign)
	}
	return sign * math.Ldexp(1+mantissa, exponent-15)
}

func TestFloat32s(t *testing.T) {
	tests := []struct {
		tensor Tensor
		want   []float32
	}{
		{FromFloat32s([]int{3}, []float32{1, -0.1, 1e-40}), []float32{1, -0.1, 1e-40}},
		{FromFloat64s([]int{2}, []float64{0.1, 1e300}), []float32{0.1, float32(math.Inf(1))}},
		{Tensor{F16, []int{2}, []byte{0x00, 0x3c, 0x00, 0xc0}}, []float32{1, -2}},
		{Tensor{BF16, []int{2}, []byte{0x80, 0x3f, 0x20, 0xc1}}, []float32{1, -10}},
		{FromFloat32s(nil, []float32{7}), []float32{7}},
		{FromFloat32s([]int{2, 0}, nil), []float32{}},
	}
	for _, test := range tests {
		got, err := test.tensor.Float32s()
		if err != nil {
			t.Fatal(err)
		}
		wide, err := test.tensor.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(test.want) || len(wide) != len(test.want) {
			t.Fatalf("%s: %d and %d elements, want %d", test.tensor.DType, len(got), len(wide), len(test.want))
		}
		for i, want := range test.want {
			if got[i] != want || float32(wide[i]) != want {
				t.Errorf("%s[%d]: got %v and %v, want %v", test.tensor.DType, i, got[i], wide[i], want)
			}
		}
	}
}

func TestFloat64sKeepsPrecision(t *testing.T) {
	got, err := FromFloat64s([]int{1}, []float64{0.1}).Float64s()
	if err != nil || got[0] != 0.1 {
		t.Errorf("got %v, %v, want 0.1", got, err)
	}
}

func TestInt64s(t *testing.T) {
	tests := []struct {
		tensor Tensor
		want   []int64
	}{
		{FromInt64s([]int{2}, []int64{math.MinInt64, 5}), []int64{math.MinInt64, 5}},
		{Tensor{I32, []int{2}, []byte{0xff, 0xff, 0xff, 0xff, 0, 0, 1, 0}}, []int64{-1, 65536}},
		{Tensor{I16, []int{2}, []byte{0x00, 0x80, 0xff, 0x7f}}, []int64{-32768, 32767}},
		{Tensor{I8, []int{2}, []byte{0x80, 0x7f}}, []int64{-128, 127}},
		{FromBytes([]int{2}, []byte{0, 255}), []int64{0, 255}},
		{Tensor{Bool, []int{2}, []byte{0, 1}}, []int64{0, 1}},
	}
	for _, test := range tests {
		got, err := test.tensor.Int64s()
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range test.want {
			if got[i] != want {
				t.Errorf("%s[%d]: got %d, want %d", test.tensor.DType, i, got[i], want)
			}
		}
	}
}

func TestConversionErrors(t *testing.T) {
	short := Tensor{F32, []int{2}, make([]byte, 7)}
	tests := []struct {
		name    string
		convert func() error
		want    string
	}{
		{
			"ints as floats", func() error { _, err := FromInt64s([]int{1}, []int64{1}).Float32s(); return err },
			"has type I64, want a floating point type",
		},
		{
			"ints as doubles", func() error { _, err := FromBytes([]int{1}, []byte{1}).Float64s(); return err },
			"has type U8, want a floating point type",
		},
		{
			"floats as ints", func() error { _, err := FromFloat32s([]int{1}, []float32{1}).Int64s(); return err },
			"has type F32, want an integer type",
		},
		{
			"floats as bytes", func() error { _, err := FromFloat32s([]int{1}, []float32{1}).Bytes(); return err },
			"has type F32, want U8 or BOOL",
		},
		{
			"short data", func() error { _, err := short.Float32s(); return err },
			"F32 tensor of shape [2] needs 8 bytes, has 7",
		},
		{
			"unknown type", func() error { _, err := (Tensor{"F8_E4M3", []int{1}, []byte{0}}).Int64s(); return err },
			`unknown element type "F8_E4M3"`,
		},
		{"negative", func() error { _, err := (Tensor{U8, []int{-1}, nil}).Bytes(); return err }, "negative dimension"},
	}
	for _, test := range tests {
		err := test.convert()
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got error %v, want %q", test.name, err, test.want)
		}
	}
}

func TestConstructorsPanicOnWrongLength(t *testing.T) {
	defer func() {
		if message, _ := recover().(string); !strings.Contains(message,
			"3 elements do not fill a tensor of shape [2 2]") {
			t.Errorf("panic message %q", message)
		}
	}()
	FromFloat32s([]int{2, 2}, make([]float32, 3))
}

func TestByteLenOverflow(t *testing.T) {
	if _, err := byteLen(F64, []int{1 << 31, 1 << 31}); err == nil {
		t.Error("2^65 bytes accepted")
	}
	if n, err := byteLen(F64, []int{1 << 40, 0, 1 << 40}); err != nil || n != 0 {
		t.Errorf("empty tensor: %d, %v, want 0", n, err)
	}
}

package testkit

import (
	"encoding/json"
	"fmt"
	"testing"
)

func TestFloat(t *testing.T) {
	var got struct {
		A []Float
		B *Float
		C *Float
		D Tolerance
	}
	text := `{"A":["nan","inf","-inf",1.5,-2e-3],"B":null,"C":"inf",` +
		`"D":{"max_abs":"nan","scale":2,"split":[{"scale":3}]}}`
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if s := fmt.Sprint(got.A, got.B == nil, *got.C,
		got.D); s != "[NaN +Inf -Inf 1.5 -0.002] true +Inf {NaN 2 0 [{0 3 0 []}]}" {
		t.Errorf("got %s", s)
	}
	for _, bad := range []string{`"NaN"`, `"1"`, `true`, `[]`} {
		var f Float
		if err := json.Unmarshal([]byte(bad), &f); err == nil {
			t.Errorf("%s was accepted as %v", bad, f)
		}
	}
}

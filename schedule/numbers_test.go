package schedule

import (
	"reflect"
	"testing"

	"github.com/dino-go/dino/measure"
)

// Every number of Values is in the list, once, under a name of its own: what is added to the struct
// and not to the list reaches neither a step nor a log.
func TestNumbersListEveryValue(t *testing.T) {
	var v Values
	fields, numbers := reflect.ValueOf(&v).Elem(), 0
	for i := range fields.NumField() {
		if field := fields.Field(i); field.Kind() == reflect.Float64 {
			field.SetFloat(float64(i + 1))
			numbers++
		}
	}
	seen := map[float64]bool{}
	for name, x := range v.Measured() {
		if x == 0 || seen[x] {
			t.Errorf("%s is %g, as no field or another is", name, x)
		}
		seen[x] = true
	}
	if len(seen) != numbers || len(Numbers()) != numbers {
		t.Errorf("the list has %d numbers, %d of them by name, want %d", len(Numbers()), len(seen), numbers)
	}
	if v.Measured().Of(measure.Measurement{Name: "lr"}) != v.LR {
		t.Errorf("lr is %v, want %v", v.Measured(), v.LR)
	}
}

package testkit

import (
	"encoding/json"
	"fmt"
	"math"
)

// Float is a number of a golden case.json, which stores the non-finite ones as
// the strings "nan", "inf" and "-inf".
type Float float64

// UnmarshalJSON decodes a number or one of the three strings. As for other
// types, null leaves the value alone; use *Float where an option may be missing.
func (f *Float) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case "null":
	case `"nan"`:
		*f = Float(math.NaN())
	case `"inf"`:
		*f = Float(math.Inf(1))
	case `"-inf"`:
		*f = Float(math.Inf(-1))
	default:
		var v float64
		if err := json.Unmarshal(text, &v); err != nil {
			return fmt.Errorf(`testkit: %s is neither a number nor "nan", "inf" or "-inf"`, text)
		}
		*f = Float(v)
	}
	return nil
}

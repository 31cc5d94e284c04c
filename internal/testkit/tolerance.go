package testkit

import "encoding/json"

// Tolerance is the hint of a golden case about one array: how far a float32 run
// of the reference is from a float64 run, and how large the values are.
type Tolerance struct {
	MaxAbs float64     // largest |float32 − float64|
	Scale  float64     // largest |float64|
	MaxRel float64     // MaxAbs / Scale
	Split  []Tolerance // of a qkv bias: the same for the query, key and value third
}

// Accept returns the suggested bound on |got − want| for a float32
// implementation, 10·MaxAbs + 2e-6·Scale.
func Accept(tol Tolerance) float64 { return 10*tol.MaxAbs + 2e-6*tol.Scale }

// UnmarshalJSON decodes the golden form, in which non-finite numbers are strings.
func (tol *Tolerance) UnmarshalJSON(text []byte) error {
	var stored struct {
		MaxAbs Float       `json:"max_abs"`
		Scale  Float       `json:"scale"`
		MaxRel Float       `json:"max_rel"`
		Split  []Tolerance `json:"split"`
	}
	if err := json.Unmarshal(text, &stored); err != nil {
		return err
	}
	*tol = Tolerance{float64(stored.MaxAbs), float64(stored.Scale), float64(stored.MaxRel), stored.Split}
	return nil
}

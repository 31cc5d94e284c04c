package runlog

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/observe"
)

// Record is what one optimizer step did: a line of metrics.jsonl, and a message of an event file.
// Which values it may have, in which order they are written and what they are, says a
// [measure.Table].
type Record struct {
	Step   int // 0-based optimizer step
	Epoch  int // 0-based epoch
	Values measure.Values
}

func recordFrom(s observe.Step) Record {
	return Record{Step: s.Number, Epoch: s.Epoch, Values: s.Values}
}

// check reports a value that the table does not know.
func (r Record) check(table measure.Table) error {
	for _, name := range slices.Sorted(maps.Keys(r.Values)) {
		if !slices.ContainsFunc(table, func(m measure.Measurement) bool { return m.Name == name }) {
			return fmt.Errorf("step %d has a value %q, which is no measurement of this log", r.Step, name)
		}
	}
	return nil
}

// line is the record as a JSON object: step, epoch and the measurements of the table in their
// order. A non-finite number is null, and so is one that every step has and this one lacks.
func (r Record) line(table measure.Table) ([]byte, error) {
	if err := r.check(table); err != nil {
		return nil, err
	}
	text := fmt.Appendf(nil, `{"step":%d,"epoch":%d`, r.Step, r.Epoch)
	for _, m := range table {
		if m.Sometimes && !r.Values.Has(m) {
			continue
		}
		text = fmt.Appendf(text, `,"%s":`, m.Name)
		if x := r.Values.Of(m); math.IsNaN(x) || math.IsInf(x, 0) {
			text = append(text, "null"...)
		} else {
			text = strconv.AppendFloat(text, x, 'g', -1, 64)
		}
	}
	return append(text, '}'), nil
}

// parseRecord reads what line writes. Step and epoch must be there; null, and a number that every
// step has and the line lacks, are NaN; fields that the table lacks are an error.
func parseRecord(table measure.Table, text []byte) (Record, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return Record{}, err
	}
	r := Record{Values: measure.Values{}}
	for _, counter := range []struct {
		name  string
		value *int
	}{{"step", &r.Step}, {"epoch", &r.Epoch}} {
		stored, ok := fields[counter.name]
		if !ok || json.Unmarshal(stored, counter.value) != nil || *counter.value < 0 {
			return Record{}, fmt.Errorf("%s is no number of at least 0", counter.name)
		}
		delete(fields, counter.name)
	}
	for _, m := range table {
		stored, ok := fields[m.Name]
		if m.Sometimes && !ok {
			continue
		}
		delete(fields, m.Name)
		x := math.NaN() // which null leaves alone
		if ok && json.Unmarshal(stored, &x) != nil {
			return Record{}, fmt.Errorf("%s is neither a number nor null", m.Name)
		}
		r.Values.Set(m, x)
	}
	for name := range fields {
		return Record{}, fmt.Errorf("unknown field %q", name)
	}
	return r, nil
}

package eval

import (
	"encoding/json"
	"fmt"
	"io"
)

// GroundTruth is the answer key of a retrieval benchmark, as the revisited
// Oxford and Paris benchmarks publish it, written as JSON with the same field
// names. Numbers are positions in Database. They publish it as a Python pickle,
// which this turns into JSON:
//
//	python3 -c 'import json, pickle, sys
//	truth = pickle.load(open(sys.argv[1], "rb"))
//	json.dump(truth, sys.stdout, default=lambda a: a.tolist())' gnd_roxford5k.pkl
type GroundTruth struct {
	Database []string      `json:"imlist"`  // image names without folder or extension
	Queries  []string      `json:"qimlist"` // likewise
	Answers  []TruthAnswer `json:"gnd"`     // one a query
}

// TruthAnswer lists the images that answer one query. The original benchmarks
// have OK, the revisited ones Easy and Hard.
type TruthAnswer struct {
	OK   []int `json:"ok,omitempty"`
	Easy []int `json:"easy,omitempty"`
	Hard []int `json:"hard,omitempty"`
	Junk []int `json:"junk,omitempty"`
	// Box is the part of the query image to search for, left, top, right,
	// bottom in pixels; nil means all of it.
	Box []float64 `json:"bbx,omitempty"`
}

// Difficulty names one of the three protocols of the revisited benchmarks.
type Difficulty string

const (
	Easy   Difficulty = "easy"   // relevant: easy; junk: junk and hard
	Medium Difficulty = "medium" // relevant: easy and hard; junk: junk
	Hard   Difficulty = "hard"   // relevant: hard; junk: junk and easy
)

// ReadGroundTruth reads a JSON answer key and verifies it.
func ReadGroundTruth(r io.Reader) (GroundTruth, error) {
	var g GroundTruth
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&g); err != nil {
		return GroundTruth{}, fmt.Errorf("eval: ground truth must be JSON (GroundTruth's documentation tells how to "+
			"convert a Python pickle): not JSON, or not an answer key, behind byte %d", decoder.InputOffset())
	}
	if len(g.Database) == 0 || len(g.Queries) == 0 {
		return GroundTruth{}, fmt.Errorf("eval: ground truth: %d images in imlist and %d in qimlist: need at "+
			"least one of each", len(g.Database), len(g.Queries))
	}
	if len(g.Answers) != len(g.Queries) {
		return GroundTruth{}, fmt.Errorf("eval: ground truth: gnd has %d entries for %d queries", len(g.Answers),
			len(g.Queries))
	}
	for q, a := range g.Answers {
		if err := a.check(len(g.Database)); err != nil {
			return GroundTruth{}, fmt.Errorf("eval: ground truth: query %d (%s): %w", q, g.Queries[q], err)
		}
	}
	return g, nil
}

func (a TruthAnswer) check(images int) error {
	if a.OK != nil && (a.Easy != nil || a.Hard != nil) {
		return fmt.Errorf("has ok beside easy or hard: must have either")
	}
	if a.Box != nil && len(a.Box) != 4 {
		return fmt.Errorf("bbx has %d numbers: must have 4", len(a.Box))
	}
	for _, rows := range [][]int{a.OK, a.Easy, a.Hard, a.Junk} {
		for _, row := range rows {
			if row < 0 || row >= images {
				return fmt.Errorf("names image %d: imlist has images 0 to %d", row, images-1)
			}
		}
	}
	return nil
}

// Relevance returns the relevant and the junk images of every query. In a key
// of an original benchmark, which has OK alone, all difficulties are the same.
func (g GroundTruth) Relevance(d Difficulty) ([]Relevance, error) {
	truth := make([]Relevance, len(g.Answers))
	for q, a := range g.Answers {
		t := &truth[q]
		t.Junk = append(t.Junk, a.Junk...)
		t.Relevant = append(t.Relevant, a.OK...)
		switch d {
		case Easy:
			t.Relevant, t.Junk = append(t.Relevant, a.Easy...), append(t.Junk, a.Hard...)
		case Medium:
			t.Relevant = append(append(t.Relevant, a.Easy...), a.Hard...)
		case Hard:
			t.Relevant, t.Junk = append(t.Relevant, a.Hard...), append(t.Junk, a.Easy...)
		default:
			return nil, fmt.Errorf("eval: ground truth: difficulty is %q: must be %s, %s or %s", d, Easy, Medium, Hard)
		}
	}
	return truth, nil
}

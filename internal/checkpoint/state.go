package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dino-go/dino/internal/bounded"
	"github.com/dino-go/dino/internal/parseerror"
)

// schemaVersion is the version of the state file's format.
const schemaVersion = 1

// State is what a run needs to go on, besides its tensors and what follows from
// the step.
type State struct {
	Step  int `json:"step"`  // optimizer steps done
	Epoch int `json:"epoch"` // epoch of the next step

	// ConfigDigest identifies the resolved configuration, for information.
	ConfigDigest string `json:"config_digest"`
	// Parameters are the options that must not change when the run goes on.
	Parameters Parameters `json:"parameters"`
	// Updates are those that the moments of the optimizer have had; nil in files of older versions.
	Updates *Updates `json:"updates,omitempty"`
	// Best holds the best score so far of each metric. Scores are finite.
	Best map[string]float64 `json:"best"`
}

// Updates count the updates of parameters by the optimizer, in this run and in one that it goes on
// from: the corrections of bias depend on them.
type Updates struct {
	All       int `json:"all"`
	LastLayer int `json:"last_layer"` // of the head, which skips the steps in which it is frozen
}

// Done are the updates of a state; one of an older version has had one a step.
func (s State) Done() Updates {
	if s.Updates == nil {
		return Updates{s.Step, s.Step}
	}
	return *s.Updates
}

// record is the checksummed part of a state file.
type record struct {
	State
	Tensors tensorFile `json:"tensors"`
}

// tensorFile names a tensor file and identifies its content.
type tensorFile struct {
	Name   string `json:"file"` // in the folder of the state file
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

// envelope is a state file, in this and later versions of the format. SHA256 is
// that of the schema in decimal, a line feed, and the record's compact JSON.
type envelope struct {
	Schema int             `json:"schema"`
	SHA256 string          `json:"sha256"`
	Record json.RawMessage `json:"state"`
}

// schemaError reports a state file of another version of the format. It is no
// damage: falling back to an older checkpoint would throw work away.
type schemaError struct {
	path   string
	schema int
}

func (e schemaError) Error() string {
	return fmt.Sprintf("checkpoint: %s has schema %d, this program reads %d: continue the run with the version of "+
		"dino that wrote it",
		e.path, e.schema, schemaVersion)
}

// encodeRecord returns the content of a state file.
func encodeRecord(r record) ([]byte, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return seal(schemaVersion, text)
}

// seal wraps the compact JSON of a record in its envelope.
func seal(schema int, text []byte) ([]byte, error) {
	out, err := json.MarshalIndent(envelope{schema, envelopeSum(schema, text), text}, "", "  ")
	return append(out, '\n'), err
}

// envelopeSum returns the checksum of an envelope, in hexadecimal.
func envelopeSum(schema int, text []byte) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\n%s", schema, text))
	return hex.EncodeToString(sum[:])
}

// readRecord reads and verifies a state file.
func readRecord(path string) (record, error) {
	text, err := bounded.Read(path, bounded.MaxSize)
	if err != nil {
		return record{}, err
	}
	if err := bounded.JSON(text); err != nil {
		return record{}, fmt.Errorf("is torn or damaged: %w", err)
	}
	var e envelope
	if err := json.Unmarshal(text, &e); err != nil {
		return record{}, fmt.Errorf("is torn or damaged: %w", parseerror.JSON(err))
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, e.Record); err != nil {
		return record{}, fmt.Errorf("is damaged: %w", parseerror.JSON(err))
	}
	if envelopeSum(e.Schema, compact.Bytes()) != e.SHA256 {
		return record{}, errors.New("is damaged: its SHA-256 is not the one it states")
	}
	if e.Schema != schemaVersion {
		return record{}, schemaError{path, e.Schema}
	}
	var r record
	if err := json.Unmarshal(e.Record, &r); err != nil {
		return record{}, fmt.Errorf("is damaged: %w", parseerror.JSON(err))
	}
	if step, ok := parseStateName(filepath.Base(path)); !ok || step != r.Step {
		return record{}, fmt.Errorf("holds step %d, which its name does not say", r.Step)
	}
	if filepath.Base(r.Tensors.Name) != r.Tensors.Name {
		return record{}, fmt.Errorf("names the tensor file %q, which is not in its folder", r.Tensors.Name)
	}
	return r, nil
}

const (
	stepPrefix   = "step-"
	stateSuffix  = ".json"
	tensorSuffix = ".safetensors"
)

func stateName(step int) string { return fmt.Sprintf("%s%08d%s", stepPrefix, step, stateSuffix) }

// parseStateName returns the step of a state file's name.
func parseStateName(name string) (step int, ok bool) {
	step, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(name, stepPrefix), stateSuffix))
	return step, err == nil && step >= 0 && stateName(step) == name
}

// isTensorName reports whether a file name is one that Save gives to tensors.
func isTensorName(name string) bool {
	return strings.HasPrefix(name, stepPrefix) && strings.HasSuffix(name, tensorSuffix)
}

// freeTensorName returns a name for the tensors of a step that no file in dir
// has: step-N.safetensors, else step-N-2.safetensors and so on.
func freeTensorName(dir string, step int) (string, error) {
	name := fmt.Sprintf("%s%08d%s", stepPrefix, step, tensorSuffix)
	for i := 2; ; i++ {
		_, err := os.Lstat(filepath.Join(dir, name))
		if os.IsNotExist(err) {
			return name, nil
		}
		if err != nil {
			return "", err
		}
		name = fmt.Sprintf("%s%08d-%d%s", stepPrefix, step, i, tensorSuffix)
	}
}

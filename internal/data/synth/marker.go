package synth

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/regularfile"
)

// MarkerName is the file in a set's folder that says which set it is.
const MarkerName = "synth.json"

// drawing is the version of what Draw draws; a change of the pictures raises it.
const drawing = 1

// marker is the content of the marker file.
type marker struct {
	Drawing int `json:"drawing"`
	Options
}

// claim makes dir the folder of the set m: it creates dir with its marker, or
// accepts one that is empty or already carries an equal marker.
func claim(dir string, m marker) error {
	found, err := readMarker(dir)
	switch {
	case err == nil && found == m:
		return nil
	case err == nil && found.Options == m.Options:
		return fmt.Errorf("synth: %s holds this set as another version of the program draws it (drawing %d, this "+
			"one: %d); choose another folder or remove it", dir, found.Drawing, m.Drawing)
	case err == nil:
		return fmt.Errorf("synth: %s holds another set (%s), not %s; choose another folder or remove it", dir,
			found.Options, m.Options)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("synth: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("synth: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("synth: %s is not empty and has no %s: must be empty, new, or hold the same set; choose "+
			"another folder", dir, MarkerName)
	}
	return writeMarker(dir, m)
}

func readMarker(dir string) (marker, error) {
	path := filepath.Join(dir, MarkerName)
	data, err := regularfile.ReadFile(path)
	if err != nil {
		return marker{}, fmt.Errorf("synth: %w", err)
	}
	var m marker
	if err := json.Unmarshal(data, &m); err != nil {
		return marker{}, fmt.Errorf("synth: %s is damaged (%w); choose another folder or remove it", path, err)
	}
	return m, nil
}

func writeMarker(dir string, m marker) error {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("synth: %w", err)
	}
	if err := atomicfile.WriteFile(filepath.Join(dir, MarkerName), append(data, '\n')); err != nil {
		return fmt.Errorf("synth: %w", err)
	}
	return nil
}

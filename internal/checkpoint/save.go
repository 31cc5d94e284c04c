package checkpoint

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/regularfile"
	"github.com/dino-go/dino/weights"
)

// Save writes a checkpoint into dir, which it makes if needed in a folder that must be there, and
// returns when it is durable. The tensors' data is streamed, not copied. After an error the
// checkpoints that dir held are as good as before.
func Save(dir string, state State, tensors map[string]weights.Tensor) error {
	if err := save(dir, state, tensors); err != nil {
		return fmt.Errorf("checkpoint: step %d was not saved, earlier checkpoints are intact: %w", state.Step, err)
	}
	return nil
}

func save(dir string, state State, tensors map[string]weights.Tensor) error {
	if state.Step < 0 {
		return fmt.Errorf("the step is negative")
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err // also where the run folder is gone: it is not made anew behind the user's back
	}
	if err := regularfile.CheckOwnDir(dir); err != nil {
		return err
	}
	name, err := freeTensorName(dir, state.Step)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, name)
	written, err := writeTensors(path, tensors)
	if err != nil {
		return explainWriteError(err, dir, written.Size)
	}
	text, err := encodeRecord(record{state, written})
	if err == nil {
		err = atomicfile.WriteFile(filepath.Join(dir, stateName(state.Step)), text)
	}
	err = explainWriteError(err, dir, int64(len(text))) // before the tensors make room
	if err != nil {
		os.Remove(path)
	}
	return err
}

// writeTensors writes the tensor file and computes its checksum on the way.
// After an error the result has the size that the file would have had.
func writeTensors(path string, tensors map[string]weights.Tensor) (tensorFile, error) {
	size, err := weights.EncodedSize(tensors, nil)
	if err != nil {
		return tensorFile{}, err
	}
	planned := tensorFile{Name: filepath.Base(path), Size: size}
	f, err := atomicfile.Create(path)
	if err != nil {
		return planned, err
	}
	defer f.Abort()
	sum := sha256.New()
	if _, err := weights.Encode(io.MultiWriter(f, sum), tensors, nil); err != nil {
		return planned, fmt.Errorf("writing %s: %w", path, err)
	}
	planned.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return planned, f.Commit()
}

package weights

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/dino-go/dino/internal/bounded"
	"github.com/dino-go/dino/internal/parseerror"
)

// ShardIndexSuffix ends the name of a file that lists the shards of a model.
const ShardIndexSuffix = ".safetensors.index.json"

// maxIndexSize bounds a list of shards, in bytes; that of a model of 100 000
// tensors has 10 MB.
const maxIndexSize = 16 << 20

// Sharded is an open set of safetensors files with an index, as transformers
// writes large models. A Sharded may be used by several goroutines at once.
type Sharded struct {
	path   string
	shards []*File
	byName map[string]*File
}

// OpenSharded opens the index file at path and the shards that it names, which
// lie in the same folder. Index and shards must agree both ways: every listed
// tensor is in its shard, and no shard has another. The caller closes it.
//
// The index is JSON: "weight_map" maps the name of a tensor to that of a file,
// "metadata" is not used.
func OpenSharded(path string) (*Sharded, error) {
	s := &Sharded{path: path, byName: map[string]*File{}}
	if err := s.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("weights: %s: %w", path, err), s.Close())
	}
	return s, nil
}

func (s *Sharded) open() error {
	index, err := readIndex(s.path)
	if err != nil {
		return err
	}
	opened := map[string]*File{}
	for _, name := range slices.Sorted(maps.Keys(index)) {
		shard := index[name]
		if opened[shard] == nil {
			if shard == "" || filepath.Base(shard) != shard {
				return fmt.Errorf("tensor %q is in %q: must be the name of a file in the same folder", name, shard)
			}
			f, err := open(filepath.Join(filepath.Dir(s.path), shard))
			if err != nil {
				return err
			}
			s.shards, opened[shard] = append(s.shards, f), f
		}
		if _, ok := opened[shard].Info(name); !ok {
			return fmt.Errorf("tensor %q is listed in %s, which does not have it", name, shard)
		}
		s.byName[name] = opened[shard]
	}
	return s.checkUnlisted(index)
}

// checkUnlisted verifies that every tensor of every shard is listed there.
func (s *Sharded) checkUnlisted(index map[string]string) error {
	for _, f := range s.shards {
		for _, name := range f.header.names {
			if s.byName[name] != f {
				return fmt.Errorf("shard %s has the tensor %q, which the index lists in %q", filepath.Base(f.path),
					name, index[name])
			}
		}
	}
	return nil
}

// readIndex returns the file of every tensor.
func readIndex(path string) (map[string]string, error) {
	text, err := bounded.Read(path, maxIndexSize)
	if err != nil {
		return nil, err
	}
	if err := bounded.JSON(text); err != nil {
		return nil, err
	}
	var index struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&index); err != nil {
		return nil, fmt.Errorf("is not a list of shards: %w", parseerror.JSON(err))
	}
	if len(index.WeightMap) == 0 {
		return nil, errors.New("is not a list of shards: it has no weight_map")
	}
	return index.WeightMap, nil
}

// Path returns the path of the index.
func (s *Sharded) Path() string { return s.path }

// Names returns the names of all tensors, sorted.
func (s *Sharded) Names() []string { return slices.Sorted(maps.Keys(s.byName)) }

// Metadata returns the metadata of the shards; of equal keys, that of the last
// shard by name.
func (s *Sharded) Metadata() map[string]string {
	all := map[string]string{}
	for _, f := range s.shards {
		maps.Copy(all, f.header.metadata)
	}
	return all
}

// Info returns type and shape of a tensor, and whether a shard has it.
func (s *Sharded) Info(name string) (Info, bool) {
	f, ok := s.byName[name]
	if !ok {
		return Info{}, false
	}
	return f.Info(name)
}

// Tensor reads a tensor.
func (s *Sharded) Tensor(name string) (Tensor, error) {
	f, err := s.shard(name)
	if err != nil {
		return Tensor{}, err
	}
	return f.Tensor(name)
}

// View returns a tensor that is valid until Close: see [File.View].
func (s *Sharded) View(name string) (Tensor, error) {
	f, err := s.shard(name)
	if err != nil {
		return Tensor{}, err
	}
	return f.View(name)
}

func (s *Sharded) shard(name string) (*File, error) {
	f, ok := s.byName[name]
	if !ok {
		return nil, fmt.Errorf("weights: %s: no tensor %q among the %d it lists", s.path, name, len(s.byName))
	}
	return f, nil
}

// Close closes the shards.
func (s *Sharded) Close() error {
	var errs []error
	for _, f := range s.shards {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

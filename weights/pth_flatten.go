package weights

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/dino-go/dino/weights/pickle"
)

// Bounds of a PyTorch file's value.
const (
	maxPTHDepth     = 24   // dicts within dicts
	maxPTHString    = 4096 // bytes of a string that is kept as metadata
	maxPTHMetadata  = 20_000
	pthNameOverhead = 64 // bytes that a name costs in the maps
)

// flattener turns dicts within dicts into names.
type flattener struct {
	tensors  map[string]*pthTensor
	metadata map[string]string
	skipped  map[string]string // classes, by the names of values of which nothing was made
	left     int64             // bytes that names may still take
}

// walk records what lies below a value with the given name.
func (f *flattener) walk(name string, value any, depth int) error {
	if depth > maxPTHDepth {
		return fmt.Errorf("%.100q lies deeper than %d dicts", name, maxPTHDepth)
	}
	if f.left -= int64(len(name)) + pthNameOverhead; f.left < 0 {
		return errors.New("has more values than a file of this size may have")
	}
	switch v := value.(type) {
	case *pthTensor:
		if _, twice := f.tensors[name]; twice {
			return fmt.Errorf("tensor %q appears twice", name)
		}
		f.tensors[name] = v
	case *pickle.Dict:
		for _, item := range v.Items {
			if key, ok := pathSegment(item.Key); ok {
				if err := f.walk(join(name, key), item.Value, depth+1); err != nil {
					return err
				}
			}
		}
		return f.attributes(name, v.State)
	case *pickle.List:
		return f.walkAll(name, v.Items, depth)
	case pickle.Tuple:
		return f.walkAll(name, v, depth)
	case *pickle.Object:
		if v.Foreign {
			f.skip(name, v.Class)
			return nil
		}
		return f.walk(name, v.State, depth+1)
	case pickle.Class:
		f.skip(name, string(v))
	default:
		f.note(name, value)
	}
	return nil
}

// attributes records what a state dict keeps beside its items, of which PyTorch's versions of
// modules are of no interest.
func (f *flattener) attributes(name string, state any) error {
	dict, ok := state.(*pickle.Dict)
	if !ok {
		return nil
	}
	value, ok := dict.Get(PTHAttributes)
	if all, isDict := value.(*pickle.Dict); ok && isDict {
		if ours, ok := all.Get(ownAttributes); ok {
			return f.walk(join(name, PTHAttributes+"/"+ownAttributes), ours, maxPTHDepth-1)
		}
	}
	return nil
}

// ownAttributes is the key of the attributes that dino writes, where PyTorch has names of modules.
const ownAttributes = "dino"

func (f *flattener) skip(name, class string) {
	if len(f.skipped) < maxPTHMetadata {
		f.skipped[name] = class
	}
}

func (f *flattener) walkAll(name string, values []any, depth int) error {
	for i, value := range values {
		if err := f.walk(join(name, strconv.Itoa(i)), value, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// note keeps a value without parts as metadata.
func (f *flattener) note(name string, value any) {
	if len(f.metadata) >= maxPTHMetadata {
		return
	}
	switch v := value.(type) {
	case string:
		if len(v) <= maxPTHString {
			f.metadata[name] = v
		}
	case bool, int64:
		f.metadata[name] = fmt.Sprint(v)
	case float64:
		f.metadata[name] = strconv.FormatFloat(v, 'g', -1, 64)
	}
}

// pathSegment is a key of a dict as part of a name.
func pathSegment(key any) (string, bool) {
	switch k := key.(type) {
	case string:
		return k, true
	case int64:
		return strconv.FormatInt(k, 10), true
	}
	return "", false
}

func join(name, key string) string {
	if name == "" {
		return key
	}
	return name + "/" + key
}

package weights

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/dino-go/dino/internal/regularfile"
)

// OpenAny opens a file of tensors in any format that this package reads:
// safetensors, a list of shards, or a PyTorch file. The content tells which; a
// name that ends in [ShardIndexSuffix] is a list of shards. The caller closes
// it.
func OpenAny(path string) (Source, error) {
	if strings.HasSuffix(path, ShardIndexSuffix) {
		return asSource(OpenSharded(path))
	}
	magic, err := readMagic(path)
	if err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	switch {
	case bytes.HasPrefix(magic, zipMagic), bytes.HasPrefix(magic, legacyMagic):
		return asSource(OpenPTH(path))
	case looksLikePickle(magic):
		return nil, fmt.Errorf("weights: %s: is a pickle, but not one that torch.save wrote: save it again with "+
			"torch.save(model.state_dict(), …)", path)
	}
	return asSource(Open(path))
}

// looksLikePickle tells a pickle from safetensors, whose header begins with "{"
// at byte 8.
func looksLikePickle(magic []byte) bool {
	return len(magic) > 8 && magic[0] == 0x80 && magic[1] <= 5 && magic[8] != '{'
}

// asSource keeps a nil pointer from becoming a source that is not nil.
func asSource[S Source](s S, err error) (Source, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

func readMagic(path string) ([]byte, error) {
	f, err := regularfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	magic := make([]byte, pthMagicSize)
	n, err := io.ReadFull(f, magic)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil
	}
	return magic[:n], err
}

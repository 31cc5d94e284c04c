package inference

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/nets"
)

// Digest identifies the network that was opened: hex SHA-256 over its configuration and weights.
func (n *Network) Digest() (string, error) {
	tensors, err := variables.Export(n.store, scope)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	fmt.Fprintf(hash, "%+v\n", n.Config)
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		fmt.Fprintf(hash, "%s %v\n", name, tensors[name].Shape)
		hash.Write(tensors[name].Data)
	}
	return fmt.Sprintf("%x", hash.Sum(nil)), nil
}

// Parameters is the number of weights.
func (n *Network) Parameters() int { return nets.Parameters(n.Config) }

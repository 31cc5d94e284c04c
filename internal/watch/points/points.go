// Package points is what the maps of a file of features and of a run have in common: the groups
// that points are coloured by, and numbers as the pages read them.
//
// Tests: known answer.
package points

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"math"
	"slices"

	"github.com/dino-go/dino/eval"
)

// Labels returns the labels that occur, in order of name, and of each point which of them it has;
// -1 where it has none, which is the empty label.
func Labels(of []string) (labels []string, which []int) {
	labels = slices.DeleteFunc(slices.Clone(of), func(label string) bool { return label == "" })
	slices.Sort(labels)
	labels = slices.Compact(labels)
	which = make([]int, len(of))
	for i, label := range of {
		at, found := slices.BinarySearch(labels, label)
		if !found {
			at = -1
		}
		which[i] = at
	}
	return append([]string{}, labels...), which
}

// Clusters groups rows by k-means into k clusters, or as many as different rows allow, and returns
// how many there are and that of each row. The error is that of a single cluster, or the context's.
func Clusters(ctx context.Context, rows eval.Matrix, k int, seed uint64) (found int, of []int, err error) {
	for k = min(k, rows.Rows); k > 0; k-- {
		kmeans := eval.DefaultKMeans(k)
		kmeans.Seed = seed
		var clusters eval.Clusters
		if clusters, err = kmeans.Fit(ctx, rows); err == nil {
			return k, clusters.Assignments, nil
		}
		if ctx.Err() != nil {
			return 0, nil, ctx.Err()
		}
	}
	return 0, nil, err
}

// Encoded is numbers as the pages read them: float32, little-endian, in base64.
func Encoded(values []float32) string {
	text := make([]byte, 0, 4*len(values))
	for _, v := range values {
		text = binary.LittleEndian.AppendUint32(text, math.Float32bits(v))
	}
	return base64.StdEncoding.EncodeToString(text)
}

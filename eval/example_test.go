package eval_test

import (
	"context"
	"fmt"

	"github.com/dino-go/dino/eval"
)

// features are six rows of two classes.
func features() eval.Features {
	return eval.Features{
		Matrix: eval.Matrix{Rows: 6, Cols: 2, Data: []float32{1, 0.1, 0.9, 0, 1, 0.3, 0.1, 1, 0, 0.8, 0.2, 1}},
		Labels: []int{0, 0, 0, 1, 1, 1},
	}
}

func ExampleKNN_LeaveOneOut() {
	knn := eval.KNN{K: []int{1, 3}, Temperature: 0.07}
	scores, err := knn.LeaveOneOut(context.Background(), features())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range scores {
		fmt.Printf("k = %d: %.0f %%\n", s.K, s.Top1())
	}
	// Output:
	// k = 1: 100 %
	// k = 3: 100 %
}

func ExampleLinearProbe() {
	probe := eval.DefaultLinearProbe()
	scores, err := probe.Score(context.Background(), features(), features())
	if err != nil {
		fmt.Println(err)
		return
	}
	best := scores[eval.BestProbe(scores)]
	fmt.Printf("%.0f %%\n", best.Top1)
	// Output: 100 %
}

func ExampleDuplicates() {
	groups, err := eval.Duplicates{Threshold: 0.99}.Groups(context.Background(), features().Matrix)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, g := range groups {
		fmt.Println(g.Rows)
	}
	// Output:
	// [0 1]
	// [3 4 5]
}

func ExampleKMeans() {
	m := features().Matrix.Normalized()
	clusters, err := eval.DefaultKMeans(2).Fit(context.Background(), m)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(clusters.Assignments, clusters.Representatives(m, 1))
	// Output: [0 0 0 1 1 1] [[0] [3]]
}

func ExampleRankMe() {
	score, err := eval.DefaultRankMe().Score(context.Background(), features().Matrix)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f of %d\n", score.RankMe, score.Most)
	// Output: 1.98 of 2
}

// Package metrics follows the metrics.jsonl of a run that may be under way, in bounded memory: the
// lines are read once, as they come, into an index of buckets (least, mean and largest value of
// every number), from which curves of any length are answered.
//
// The reading is tolerant where [runlog.ReadMetrics] is strict: a watcher shows what there is. A
// field that it does not know is a curve like any other, a damaged line is counted and passed over,
// a last line without an end waits for it. A file that was shortened, replaced or written anew is
// read from the beginning.
//
// Tests: oracle (encoding/json; buckets from all values), property (a file in pieces equals it
// whole), bad input, fuzz.
//
// [runlog.ReadMetrics]: https://pkg.go.dev/github.com/dino-go/dino/internal/run/runlog#ReadMetrics
package metrics

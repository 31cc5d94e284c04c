// Package runlog writes down what a training run did, step by step: as JSON
// lines (metrics.jsonl) and as event files that TensorBoard reads.
//
// metrics.jsonl survives kill -9 and resume: what a run leaves behind equals, but
// for the measurements of time, what it leaves when nothing interrupts it.
package runlog

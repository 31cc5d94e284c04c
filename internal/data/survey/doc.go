// Package survey answers what the images of a folder are like, and what about them would keep a
// training from learning.
//
// [Read] looks at every image once, in parallel: its header as stored, whether the loader can
// decode it, and of its pixels the grey levels, the contrast and a perceptual hash.
// [Survey.Findings] are the faults, each with examples and advice; the thresholds are constants,
// and docs/check.md gives their reasons.
//
// Tests: known answer (folders with each fault), oracle (near duplicates against all pairs),
// property (any number of workers finds the same), bad input, real photographs where they are
// there.
package survey

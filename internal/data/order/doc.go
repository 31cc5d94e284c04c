// Package order computes the order in which a run takes images. [Sequence] turns
// (seed, step) into the images of that step's batch, [InOrder] walks a list
// once for evaluation; an image that cannot be decoded is replaced by another of
// the list. All are functions of their arguments, without state of a run.
package order

// Package order answers in which order a run takes images. [Sequence] turns
// (seed, step) into the images of that step's batch, [InOrder] walks a list
// once for evaluation; an image that cannot be decoded is replaced by another of
// the list. All are functions of their arguments: nothing is remembered.
package order

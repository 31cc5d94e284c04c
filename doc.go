// Package dino is the front door of the module: weights in use from Go programs. [Load] opens a run
// of `dino pretrain` or weights of other projects; an [Encoder] turns images into features and
// attention. [SaveTeacher] keeps what a training loop of one's own came to.
//
// The method is package [github.com/dino-go/dino/distill], networks are below nets, views are
// package augment, measures of features package eval, files of weights package weights.
package dino

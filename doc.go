// Package dino is the front door of the module, for Go programs that train and use networks.
// [Pretrain] is the run of `dino pretrain`: a folder of images in, a trained network out, with an
// observer that follows it. [Load] opens what it left, or weights of other projects; an [Encoder]
// turns images into features and attention. [SaveTeacher] keeps what a training loop of one's own
// came to.
//
// What an observer is told is package [github.com/dino-go/dino/observe]. The method is package
// [github.com/dino-go/dino/distill], networks are below nets, views are package augment, measures
// of features package eval, files of weights package weights.
package dino

// Package synth draws a labelled set of images to try self-supervised learning
// on: ten classes that differ in the silhouette and the texture of their
// objects.
//
// Colour, place, size, tilt, light and background are nuisance. All of it
// varies within an image, from object to object and from place to place, and
// nothing but the class is the same all over an image: no tint, brightness,
// noise level or scale of its own. That is on purpose. A network trained to
// recognise crops of one image by one another learns first what the crops
// share, and here that is the class; mean colours and raw pixels tell little.
//
// Every image is a function of (seed, class, index) alone.
package synth

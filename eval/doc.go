// Package eval measures what frozen features are worth: one metric a file, all
// of them functions of a [Matrix] of features and of labels. It is pure Go and
// knows nothing of the model that the features come from.
//
//   - [KNN]: the weighted nearest-neighbour classifier of the official DINO evaluation
//   - [OnlineKNN]: the distance-weighted classifier of stable-pretraining
//   - [PixelFeatures]: raw pixels as features, the baseline to beat
//
// The same input gives the same numbers for any number of workers.
package eval

// Package eval measures what frozen features are worth, and puts them to use:
// one method a file, all of them functions of a [Matrix] of features and, where
// needed, of labels. It is pure Go and knows nothing of the model that the
// features come from.
//
// How well classes can be told apart:
//
//   - [KNN]: the weighted nearest-neighbour classifier of the official DINO evaluation, also
//     leaving one out
//   - [OnlineKNN]: the distance-weighted classifier of stable-pretraining
//   - [LinearProbe]: the official linear evaluation, for a grid of settings in one pass
//   - [LogisticRegression]: a linear classifier by L-BFGS
//   - [Confusion]: accuracy of each class, and what it is taken for
//   - [PixelFeatures]: raw pixels as features, the baseline to beat
//
// How much of their space features use, without labels:
//
//   - [RankMe], [EffectiveRank], [DimensionStd], [LiDAR], [Alignment], [Uniformity]
//
// Other tasks:
//
//   - [Retrieval], [GroundTruth]: ranking a database, as on revisited Oxford and Paris
//   - [CopyDetection], [GeM], [Whitening]: finding edited copies, as on Copydays
//   - [LabelPropagation], [ScoreVideo]: segmenting videos, as on DAVIS 2017
//   - [Duplicates], [KMeans], [PCA]: groups of images that look alike, and directions of variation
//   - [UMAP], [PCAPlane]: images laid out in a plane, those that look alike together
//
// The same input gives the same numbers for any number of workers. Products of
// all rows with all run in blocks, on the processor's vector instructions, and
// are never stored; where their rounding could decide a rank or a threshold, the
// product is computed again in float64.
package eval

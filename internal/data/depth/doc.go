// Package depth measures over a sample of a data set what turns its images into the numbers that a
// network is fed: the range of values of images that have more than 8 bits, a sign or a fraction,
// and the mean and standard deviation of the channels.
//
// Tests: known answer, property (the same folder measures the same), bad input.
package depth

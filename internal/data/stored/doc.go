// Package stored holds the samples of images as their files store them, where these have more than
// 8 bits, a sign or a fraction, and maps them to the 8 bits that networks are fed from.
//
// Tests: known answer, property (the map keeps the order of values), bad input.
package stored

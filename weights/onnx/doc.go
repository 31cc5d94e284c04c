// Package onnx writes vision transformers as ONNX models (https://onnx.ai), reads such files back
// and runs them.
//
// A written model takes normalised images [batch, channels, height, width] of one size, to which
// the position embedding is fixed, in batches of any size, and needs operator set 17. It holds
// standard operators only: exact GELU is written with Erf, layer norm is LayerNormalization.
// Initializers have timm's names; the matrices of linear layers are transposed to [in, out] and say
// so.
//
// The subset of the protocol buffer schema that this needs is written down in message.go, by field
// number.
//
// Tests: an interpreter of its own against the network (property), ONNX Runtime (golden families
// and random networks), bad input and fuzz for the reader.
package onnx

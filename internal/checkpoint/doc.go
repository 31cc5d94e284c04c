// Package checkpoint keeps the state of a training run on disk such that a crash
// at any moment loses no earlier state.
//
// A checkpoint of step 1234 is a pair in the run's checkpoint folder:
//
//	step-00001234.safetensors   every tensor: weights, moments, center
//	step-00001234.json          the State, and size and SHA-256 of the tensor file
//
// The tensor file is written first, then the state file, each whole or not at
// all (package atomicfile). The state file is what makes a checkpoint exist: it
// carries its own checksum and names its tensor file. Writing the same step
// again puts the tensors under another name first, so even then the old pair
// stays valid until the new state file replaces the old one.
package checkpoint

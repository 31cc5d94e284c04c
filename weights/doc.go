// Package weights moves tensors between files and memory: safetensors, alone and
// in shards, in which dino keeps its own checkpoints and in which timm and
// transformers publish theirs, and PyTorch's files, which are read without
// running code from them.
//
// Reading is strict. A header that does not describe the file exactly, byte for
// byte, is an error that names the file and the tensor; nothing is guessed and
// nothing is silently dropped. Data is mapped or read when asked for, and what a
// file claims never costs more memory than a small multiple of its size. Writing
// is deterministic and atomic.
//
// Tests: golden (files that PyTorch wrote), oracle (bytes by hand, PyTorch where
// it is installed), property (round trips), bad input, fuzz.
package weights

// Package weights moves tensors between files and memory: the safetensors
// format, in which dino keeps its own checkpoints and in which timm and
// transformers publish theirs.
//
// Reading is strict. A header that does not describe the file exactly, byte for
// byte, is an error that names the file and the tensor; nothing is guessed and
// nothing is silently dropped. Writing is deterministic and atomic.
package weights

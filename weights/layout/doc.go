// Package layout reads weights that other projects have written: it recognises the project from the
// names and shapes of the tensors, and maps them to a vision transformer under timm's names, with
// the projection head and the center where the source has them.
//
// The layouts, each in the file of its name:
//
//	timm        timm's VisionTransformer and DeiT, with or without classifier
//	official    Meta's DINO: backbone alone, teacher alone, or a full checkpoint with student, teacher and center
//	dinov2      Meta's DINOv2: backbone or teacher checkpoint; LayerScale, SwiGLU, registers
//	hf          transformers' ViTModel, DeiTModel, Dinov2Model and Dinov2WithRegistersModel
//	lightning   stable-pretraining's checkpoints of its DINO class
//	dino        our own run folders, checkpoints and exports
//
// Loading is total: every tensor of the source is used or listed as left over, every tensor that
// the network needs is found in the shape it needs, and what a file does not say (number of heads,
// epsilon, preprocessing) is taken from side files, from its metadata or from what the layout's
// project does, which the notes then say.
//
// Tests: golden (checkpoints of both containers), property (every layout written by hand and read
// back), bad input.
package layout

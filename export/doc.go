// Package export hands weights over to other projects: timm, Meta's DINO and DINOv2, transformers,
// ONNX, and our own file.
//
// Every export is read back before it gets its name: the network that was read computes the
// features of a probe image, and a difference above [Tolerance] is an error. Files and folders
// appear whole or not at all.
//
// The formats, each in the file of its name:
//
//	timm       safetensors, or a state dict in a .pth file, under timm's names
//	official   a .pth file under the names of Meta's DINO, or DINOv2 where the network is one of its:
//	           backbone, or student and teacher with heads and center
//	hf         a folder that transformers loads: ViTModel, Dinov2Model or Dinov2WithRegistersModel
//	onnx       a model for one image size and any batch: see package onnx
//	dino       our own safetensors, which have everything that training goes on from
//
// Tests: golden (round trips of checkpoints, bit for bit), property (random networks through every
// format), PyTorch and transformers where they are installed.
package export

"""Loads a file into timm's VisionTransformer, every tensor of it and no other, and prints the tokens
of images as JSON. The arguments are the options of the transformer as JSON, the file, the shape of
the images, joined by commas, and a file with their float32 pixels."""

import array
import json
import sys

import timm
import torch
from timm.models.vision_transformer import VisionTransformer

options, weights, shape, pixels = sys.argv[1:]
images = torch.tensor(array.array("f", open(pixels, "rb").read())).reshape([int(n) for n in shape.split(",")])
model = VisionTransformer(num_classes=0, **json.loads(options)).eval()
timm.models.load_checkpoint(model, weights, strict=True)
with torch.no_grad():
    json.dump(model.forward_features(images).flatten().tolist(), sys.stdout)

"""Loads folders with transformers' AutoModel and AutoImageProcessor and prints, as JSON, what became
of each: its class, the tensors that transformers misses or does not know, the preprocessing, and the
tokens of images. The arguments are the shape of the images, joined by commas, a file with their
float32 pixels, and the folders."""

import array
import json
import sys

import torch
import transformers

shape, pixels, *folders = sys.argv[1:]
transformers.logging.set_verbosity_error()
images = torch.tensor(array.array("f", open(pixels, "rb").read())).reshape([int(n) for n in shape.split(",")])


def load(folder):
    model, info = transformers.AutoModel.from_pretrained(folder, output_loading_info=True)
    processor = transformers.AutoImageProcessor.from_pretrained(folder)
    with torch.no_grad():
        tokens = model.eval()(images).last_hidden_state
    return {
        "class": type(model).__name__,
        "missing": sorted(info["missing_keys"]),
        "unexpected": sorted(info["unexpected_keys"]),
        "tokens": tokens.flatten().tolist(),
        "mean": list(processor.image_mean),
        "shortest_edge": processor.size["shortest_edge"],
    }


json.dump([load(folder) for folder in folders], sys.stdout)

"""Loads a file with torch.load(weights_only=True) and prints what it holds as JSON: tensors with
dtype, shape and bytes in base64, and other values, both named by the path of keys to them."""

import base64
import ctypes
import json
import sys

import torch

tensors, values = {}, {}


def walk(name, value):
    if isinstance(value, dict):
        for key, item in value.items():
            walk(f"{name}/{key}" if name else key, item)
    elif isinstance(value, torch.Tensor):
        assert value.is_contiguous()
        size = value.numel() * value.element_size()
        data = ctypes.string_at(value.data_ptr(), size) if size else b""
        tensors[name] = {"dtype": str(value.dtype), "shape": list(value.shape), "data": base64.b64encode(data).decode()}
    else:
        values[name] = value


walk("", torch.load(sys.argv[1], weights_only=True))
loaded = {"torch": torch.__version__, "tensors": tensors, "values": values}
sys.stdout.buffer.write(json.dumps(loaded, ensure_ascii=False).encode())

"""Prepares images as transformers' processors and timm's transforms do: pixels for the tests."""
import base64, json, sys
import numpy as np
from PIL import Image

def image(width, height):
    y, x, c = np.mgrid[0:height, 0:width, 0:3].astype(np.uint64)
    v = (x * 2654435761 + y * 40503 + c * 977 + x * y * 31) >> np.uint64(7)
    smooth = 90 * np.sin(x / 9.0) * np.cos(y / 7.0 + c) + 128
    return Image.fromarray((0.6 * smooth + 0.4 * (v % 256)).clip(0, 255).astype(np.uint8))

def transformers_pixels(case, img):
    import transformers
    config = dict(case["config"])
    name = config["image_processor_type"] + ("Pil" if case["backend"] == "pil" else "")
    processor = getattr(transformers, name).from_dict(config)
    return processor(img, return_tensors="np")["pixel_values"][0]

def timm_pixels(case, img):
    import timm.data
    config = timm.data.resolve_data_config({}, pretrained_cfg=case["config"])
    return timm.data.create_transform(**config, is_training=False)(img).numpy()

out = []
for case in json.load(open(sys.argv[1])):
    img = image(*case["image"])
    try:
        pixels = (timm_pixels if case["backend"] == "timm" else transformers_pixels)(case, img)
    except (TypeError, NotImplementedError) as e:  # DINOv3's class normalises no integers
        out.append({"error": repr(e)})
        continue
    pixels = np.ascontiguousarray(np.asarray(pixels), dtype=np.float32)
    out.append({"shape": pixels.shape, "image": base64.b64encode(img.tobytes()).decode(),
                "pixels": base64.b64encode(pixels.tobytes()).decode()})
json.dump(out, sys.stdout)

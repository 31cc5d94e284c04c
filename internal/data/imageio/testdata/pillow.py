"""Reads paths, one JSON string a line, and answers with a line of JSON and the pixels behind it:
RGB bytes of the upright image, or the values as float64 where the image has more than 8 bits."""

import json
import sys

import numpy
from PIL import Image, ImageOps

Image.MAX_IMAGE_PIXELS = 178956970


def read(path):
    with Image.open(path) as img:
        kind, mode = img.format, img.mode
        img.load()
        img = ImageOps.exif_transpose(img)
        deep = img.mode[0] in "IF"
        if deep:
            data = numpy.asarray(img).astype("<f8").tobytes()
        elif img.mode == "LAB":
            raise ValueError("Pillow converts LAB with a profile alone")
        else:
            data = img.convert("RGB").tobytes()
        return {
            "Format": kind,
            "Mode": mode,
            "Width": img.width,
            "Height": img.height,
            "Deep": deep,
            "Bytes": len(data),
        }, data


for line in sys.stdin:
    try:
        answer, data = read(json.loads(line))
    except Exception as error:
        answer, data = {"Error": str(error) or type(error).__name__}, b""
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + data)
    sys.stdout.buffer.flush()

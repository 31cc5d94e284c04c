"""Writes JPEG files of all kinds into a folder with Pillow and, where they are, cjpeg and jpegtran,
and prints their names as JSON; NAME.raw beside each holds what Pillow reads, as 8-bit RGB."""

import json
import subprocess
import sys

import numpy
from PIL import Image

out, seed, tools = sys.argv[1], int(sys.argv[2]), sys.argv[3]
rng = numpy.random.default_rng(seed)
names = []


def picture(w, h):
    small = rng.integers(0, 256, (max(2, h // 6), max(2, w // 6), 3), "u1")
    big = Image.fromarray(small).resize((w, h), Image.Resampling.BICUBIC)
    noise = rng.integers(-12, 13, (h, w, 3))
    return Image.fromarray(numpy.clip(numpy.asarray(big).astype(int) + noise, 0, 255).astype("u1"))


def keep(name):
    with Image.open(f"{out}/{name}") as img:
        with open(f"{out}/{name}.raw", "wb") as f:
            f.write(img.convert("RGB").tobytes())
    names.append(name)


def save(name, img, **options):
    img.save(f"{out}/{name}", "JPEG", **options)
    keep(name)


for subsampling in (0, 1, 2):
    for progressive in (False, True):
        for quality in (30, 75, 95, 100):
            w, h = int(rng.integers(1, 90)), int(rng.integers(1, 90))
            name = f"s{subsampling}-{'p' if progressive else 'b'}-q{quality}.jpg"
            options = {"subsampling": subsampling, "progressive": progressive, "quality": quality}
            save(name, picture(w, h), **options)
for w, h in ((1, 1), (2, 2), (3, 5), (4, 1), (5, 9), (8, 8), (16, 16), (17, 33)):
    save(f"size-{w}-{h}.jpg", picture(w, h))
save("grey.jpg", picture(50, 37).convert("L"))
save("grey-progressive.jpg", picture(50, 37).convert("L"), progressive=True)
save("optimized.jpg", picture(50, 37), optimize=True)
save("restarts.jpg", picture(100, 70), restart_marker_blocks=3)
save("restarts-progressive.jpg", picture(100, 70), restart_marker_rows=1, progressive=True)
save("rgb.jpg", picture(40, 40), keep_rgb=True)
save("cmyk.jpg", picture(40, 40).convert("CMYK"))
save("large.jpg", picture(500, 375), quality=85)
if tools:
    w, h = 75, 61
    picture(w, h).save(f"{out}/source.ppm")
    run = 0
    unusual = ("1x1,2x2,1x1", "2x1,1x1,2x1", "1x1,1x2,2x1", "2x2,2x1,1x2")
    arithmetic = (["-arithmetic"], ["-arithmetic", "-progressive"], ["-arithmetic", "-restart", "2B"])
    for samples in ("1x1", "2x1", "1x2", "2x2", "4x1", "1x4", "4x2", "2x4", *unusual):
        for options in ([], ["-progressive"], *arithmetic):
            name = f"tool-{run}-{samples}{''.join(options).replace(' ', '')}.jpg"
            run += 1
            quality = str(rng.integers(20, 100))
            command = [f"{tools}/cjpeg", "-quality", quality, "-sample", samples]
            command += [*options, "-outfile", f"{out}/{name}", f"{out}/source.ppm"]
            done = subprocess.run(command, stderr=subprocess.PIPE)
            if done.returncode == 0:
                try:
                    keep(name)
                except OSError as error:
                    print(name, error, file=sys.stderr)
print(json.dumps(names))

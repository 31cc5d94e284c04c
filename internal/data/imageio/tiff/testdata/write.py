"""Writes TIFF files of all layouts into a folder with tifffile and Pillow, and prints as JSON a list
of [file, kind, width, height, channels]; FILE.raw beside each holds what it shows: 8-bit RGB for the
kind "rgb", else the values as float64."""

import itertools
import json
import sys

import numpy
import tifffile
from PIL import Image

out, seed = sys.argv[1], int(sys.argv[2])
rng = numpy.random.default_rng(seed)
listed = []


def keep(name, kind, shown):
    shown = numpy.asarray(shown)
    h, w = shown.shape[:2]
    c = shown.shape[2] if shown.ndim == 3 else 1
    shown.astype("u1" if kind == "rgb" else "<f8").tofile(f"{out}/{name}.raw")
    listed.append([name, kind, w, h, c])


def pixels(dtype, shape):
    if dtype.kind == "f":
        a = rng.normal(0, 1000, shape)
    else:
        info = numpy.iinfo(dtype)
        a = rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
    a[: shape[0] // 2] = a[0]  # something to compress
    return a.astype(dtype)


def write(name, a, **options):
    tifffile.imwrite(f"{out}/{name}", a, metadata=None, **options)


def shown(name, a):
    """What a grey or RGB array of bytes looks like, or its values."""
    if a.dtype == numpy.uint8:
        keep(name, "rgb", a if a.ndim == 3 else numpy.stack([a] * 3, 2))
    else:
        keep(name, "deep", a)


number = itertools.count()
types = ["u1", "u2", "u4", "i1", "i2", "i4", "f2", "f4", "f8"]
yes = [False, True]
packed = [None, "zlib", "lzw", "zstd", "packbits"]
for code, rgb, planar, tile, compression, order, big in itertools.product(
    types, yes, yes, [None, (16, 32)], packed, "<>", yes
):
    if planar and not rgb or rng.random() > 0.25:
        continue
    dtype = numpy.dtype(code)
    h, w = int(rng.integers(17, 45)), int(rng.integers(17, 45))
    a = pixels(dtype, (h, w, 3) if rgb else (h, w))
    options = {"compression": compression, "byteorder": order, "bigtiff": big}
    options["photometric"] = "rgb" if rgb else "minisblack"
    if compression in ("zlib", "lzw", "zstd") and rng.random() < 0.5:
        whole = None if dtype.kind == "f" else 2
        options["predictor"] = 3 if dtype.kind == "f" and dtype.itemsize > 2 else whole
    if planar:
        options["planarconfig"] = "separate"
    if tile:
        options["tile"] = tile
    else:
        options["rowsperstrip"] = int(rng.integers(1, h + 1))
    layout = ("rgb" if rgb else "grey") + "-planar" * planar + "-tiled" * bool(tile)
    name = f"{next(number)}-{code}-{layout}-{compression}-{'le' if order == '<' else 'be'}.tif"
    write(name, numpy.moveaxis(a, 2, 0) if planar else a, **options)
    shown(name, a)

# extra samples: what is behind the colours is not shown
for extra, planar in itertools.product([1, 2, 9], [False, True]):
    a = pixels(numpy.dtype("u1"), (20, 30, 3 + extra))
    name = f"extra-{extra}{'-planar' if planar else ''}.tif"
    write(
        name,
        numpy.moveaxis(a, 2, 0) if planar else a,
        photometric="rgb",
        planarconfig="separate" if planar else "contig",
        extrasamples=[0] * extra,
    )
    keep(name, "rgb", a[:, :, :3])

# few bits, whose rows begin with a byte
for bits in range(1, 17):
    if bits in (8, 16):
        continue
    h, w = 13, 21
    a = rng.integers(0, 2**bits, (h, w))
    digits = [[(int(v) >> (bits - 1 - b)) & 1 for v in row for b in range(bits)] for row in a]
    rows = [numpy.packbits(numpy.array(row, "u1")).tobytes() for row in digits]
    for white in (False, True):
        name = f"bits-{bits}-{white}.tif"
        data = b"".join(rows)
        tags = [(256, 3, w), (257, 3, h), (258, 3, bits), (259, 3, 1), (262, 3, 0 if white else 1)]
        tags += [(273, 4, 0), (277, 3, 1), (278, 3, h), (279, 4, len(data))]
        at = 8 + 2 + 12 * len(tags) + 4
        body = b"II*\0" + (8).to_bytes(4, "little") + len(tags).to_bytes(2, "little")
        rng.shuffle(tags)  # in any order
        for tag, kind, value in tags:
            value = at if tag == 273 else value
            for field, size in ((tag, 2), (kind, 2), (1, 4), (value, 4)):
                body += int(field).to_bytes(size, "little")
        with open(f"{out}/{name}", "wb") as f:
            f.write(body + bytes(4) + data)
        most = 2**bits - 1
        v = most - a if white else a
        if bits < 8:
            keep(name, "rgb", numpy.stack([(v * 255 + most // 2) // most] * 3, 2))
        else:
            keep(name, "deep", v)

# what Pillow writes through libtiff, and reads
small = Image.fromarray(rng.integers(0, 256, (6, 9, 3), "u1"), "RGB")
picture = small.resize((70, 45), Image.Resampling.BICUBIC)
bilevel = picture.convert("1")
cases = []
facsimile = ["group3", "group4", "tiff_ccitt"]
for compression in ["raw", *facsimile, "packbits", "tiff_lzw", "tiff_adobe_deflate"]:
    for photometric in (0, 1):
        options = {"compression": compression, "tiffinfo": {262: photometric}}
        cases.append((f"bilevel-{compression}-{photometric}", bilevel, options))
for name, compression, tags in (
    ("2d", "group3", {292: 1}),
    ("2d-fill", "group3", {292: 5}),
    ("strips", "group4", {278: 8}),
    ("reversed", "group4", {266: 2}),
):
    cases.append((f"bilevel-{name}", bilevel, {"compression": compression, "tiffinfo": tags}))
for compression in ["raw", "jpeg", "tiff_lzw"]:
    cases.append((f"rgb-{compression}", picture, {"compression": compression}))
    cases.append((f"grey-{compression}", picture.convert("L"), {"compression": compression}))
    cases.append((f"cmyk-{compression}", picture.convert("CMYK"), {"compression": compression}))
    cases.append((f"ycbcr-{compression}", picture.convert("YCbCr"), {"compression": compression}))
cases.append(("palette", picture.quantize(100), {"compression": "raw"}))
cases.append(("palette-4", picture.quantize(9), {"compression": "packbits"}))
cases.append(("rgba", picture.convert("RGBA"), {"compression": "raw"}))
cases.append(("la", picture.convert("LA"), {"compression": "raw"}))
for name, img, options in cases:
    name += ".tif"
    try:
        img.save(f"{out}/{name}", **options)
        with Image.open(f"{out}/{name}") as back:
            keep(name, "rgb", numpy.asarray(back.convert("RGB")))
    except Exception as error:
        print(name, error, file=sys.stderr)
# associated alpha
a = rng.integers(0, 256, (20, 30, 4), "u1")
write("associated.tif", a, photometric="rgb", extrasamples=["assocalpha"])
with Image.open(f"{out}/associated.tif") as back:
    keep("associated.tif", "rgb", numpy.asarray(back.convert("RGB")))
print(json.dumps(listed))

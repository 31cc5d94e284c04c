// Package tiff reads TIFF, BigTIFF and GeoTIFF: strips and tiles, interleaved and planar, whole
// numbers of 1 to 32 bits with and without a sign, floating-point numbers of 16 to 64 bits, grey,
// RGB, palettes, CMYK, YCbCr and Lab, uncompressed or in LZW, Deflate, ZSTD, PackBits, JPEG, WebP
// and the codes of facsimile.
//
// It is written here because no library that is kept reads more than a part of this:
// golang.org/x/image/tiff and its forks take planar files for interleaved ones, invert bilevel
// images against their photometric tag, and know neither BigTIFF nor samples of other than 8 and 16
// bits.
//
// Of every band behind the colours of a pixel nothing is kept. Memory is that of the picture and of
// one row, tile or compressed strip.
//
// Tests: oracle (libtiff through Pillow, and tifffile, where they are there), known answer, bad
// input, fuzz.
package tiff

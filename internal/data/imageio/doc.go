// Package imageio turns the bytes of an image file into 8-bit RGB pixels, the
// way Pillow's convert("RGB") does, upright according to its EXIF orientation.
//
// Formats, told apart by content: JPEG, PNG, WebP and GIF (of animated ones the
// first frame), BMP, TIFF and PNM. docs/data.md lists what is read of each. The
// rules of the conversion:
//
//   - grey is repeated in all channels; palettes are looked up;
//   - samples of more than 8 bits, with a sign or a fraction are mapped by the
//     range of values that the data set has (package depth measures it); without
//     one, of 16-bit samples the high byte is kept;
//   - alpha is dropped, not composited, unless there is a background: transparent
//     pixels show the colour that is stored beneath. Premultiplied colours are
//     divided by their alpha first;
//   - subsampled colour is enlarged with the triangle filters of libjpeg and libwebp;
//   - CMYK becomes (255−K)·(255−C)/255 and so on; Adobe's inversion is undone.
//
// Files are untrusted. Their size in pixels is checked before any memory is
// taken for them, a decoder's panic is an error like others, and every error
// names the file, the format and the reason.
//
// Tests: oracle (Pillow over corpora, see make corpus; slow filters), property
// (orientation, shrinking), known answer, bad input, fuzz.
package imageio

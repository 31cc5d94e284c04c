// Package imageio turns the bytes of an image file into 8-bit RGB pixels, the
// way Pillow's convert("RGB") does, upright according to its EXIF orientation.
//
// Formats, told apart by content: JPEG, PNG, WebP (still), GIF (first frame),
// BMP and TIFF. The rules of the conversion:
//
//   - grey is repeated in all channels; palettes are looked up;
//   - of 16-bit samples the high byte is kept, for grey too (Pillow clips 16-bit
//     grey instead, which leaves most of it white);
//   - alpha is dropped, not composited: transparent pixels show the colour that
//     is stored beneath. Premultiplied colours are divided by their alpha first;
//   - subsampled colour is enlarged with the triangle filters of libjpeg and libwebp;
//   - CMYK becomes (255−K)·(255−C)/255 and so on; Adobe's inversion is undone.
//
// Files are untrusted. Their size in pixels is checked before any memory is
// taken for them, a decoder's panic is an error like others, and every error
// names the file, the format and the reason.
package imageio

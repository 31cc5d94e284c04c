// Package jpeg decodes JPEG to RGB with the arithmetic of libjpeg-turbo: its slow integer
// transform, triangle filters for subsampled colour and fixed-point colour conversion, bit for bit.
//
// Read are baseline, extended and progressive files of 8 bits, in Huffman or arithmetic codes, with
// any integral subsampling; frames of motion JPEG without Huffman tables; a height that stands
// behind the first scan (DNL); a missing end marker. image/jpeg knows neither of the last four and
// rounds its transform in another way.
//
// Tests: oracle (Pillow, where it is there; a transform in floating point), property (the vector
// loops equal the portable ones), bad input, fuzz.
package jpeg

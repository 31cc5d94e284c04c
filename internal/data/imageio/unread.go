package imageio

import (
	"path"
	"slices"
	"strings"
)

// foreign is a kind of image files that are not read.
type foreign struct {
	name    string
	endings string   // lower case
	magic   []string // '?' stands for any byte; nil where only the name tells
	advice  string
}

const byMagick = "convert them, for example with magick mogrify -format png "

// foreigns are the kinds of images that people have and that are not read, with how to convert
// them.
var foreigns = []foreign{
	{
		"HEIC", ".heic .heif .hif",
		[]string{"????ftypheic", "????ftypheix", "????ftypmif1", "????ftypmsf1", "????ftyphevc"},
		"convert them, for example with heif-convert a.heic a.jpg (libheif), or let the phone hand out JPEG",
	},
	{
		"AVIF", ".avif .avifs",
		[]string{"????ftypavif", "????ftypavis"},
		"convert them, for example with avifdec a.avif a.png (libavif)",
	},
	{
		"JPEG XL", ".jxl",
		[]string{"\xff\x0a", "\x00\x00\x00\x0cJXL \r\n\x87\n"},
		"convert them, for example with djxl a.jxl a.png (libjxl)",
	},
	{
		"JPEG 2000", ".jp2 .j2k .jpf .jpx .j2c .jpc",
		[]string{"\x00\x00\x00\x0cjP  \r\n\x87\n", "\xff\x4f\xff\x51"},
		"convert them, for example with opj_decompress -i a.jp2 -o a.png (OpenJPEG)",
	},
	{
		"DICOM", ".dcm .dicom",
		[]string{strings.Repeat("?", 128) + "DICM"},
		"convert them to 16-bit TIFF, which keeps the values, for example with pydicom and tifffile",
	},
	{
		"camera raw", ".dng .cr2 .cr3 .nef .arw .orf .rw2 .raf .pef .srw",
		[]string{"IIRO", "FUJIFILMCCD-RAW"},
		"develop them, for example with dcraw_emu -T a.nef (LibRaw)",
	},
	{
		"of a microscope or scanner", ".svs .ndpi .mrxs .vsi .czi .lif .nd2 .lsm .oib .oif", nil,
		"convert them, for example with bfconvert a.czi a.tif (Bio-Formats)",
	},
	{
		"FITS", ".fits .fit .fts",
		[]string{"SIMPLE  ="},
		"convert them to floating-point TIFF, for example with astropy and tifffile",
	},
	{
		"a volume", ".nii .mha .mhd .nrrd .mrc", nil,
		"write their slices as 16-bit TIFF, for example with SimpleITK",
	},
	{
		"an array", ".npy .npz .mat .h5 .hdf5",
		[]string{"\x93NUMPY", "\x89HDF\r\n\x1a\n"},
		"write the images as TIFF or PNG, for example with tifffile",
	},
	{"OpenEXR or Radiance", ".exr .hdr", []string{"\x76\x2f\x31\x01", "#?RADIANCE"}, byMagick + "*.exr"},
	{"PSD", ".psd .psb", []string{"8BPS"}, byMagick + "*.psd"},
	{"a drawing", ".svg .eps .pdf .ai .wmf .emf", []string{"%PDF", "%!PS", "<svg"}, byMagick + "*.svg"},
	{
		"of a rare kind", ".tga .ico .pcx .sgi .ras .xbm .xpm .qoi .dds .icns .cur",
		[]string{"qoif", "DDS "},
		byMagick + "*.tga",
	},
}

// Unread names the kind of image that a file which is not read begins like; empty where that is
// unknown.
func Unread(begin []byte) string {
	for _, f := range foreigns {
		if slices.ContainsFunc(f.magic, func(magic string) bool { return begins(begin, magic) }) {
			return f.name
		}
	}
	return ""
}

// UnreadName names the kind of image that a file which is not read has the ending of; empty where
// that is unknown.
func UnreadName(name string) string {
	ending := strings.ToLower(path.Ext(name))
	for _, f := range foreigns {
		if ending != "" && slices.Contains(strings.Fields(f.endings), ending) {
			return f.name
		}
	}
	return ""
}

// Convert says how files of a kind that is not read can be converted.
func Convert(kind string) string {
	for _, f := range foreigns {
		if f.name == kind {
			return f.advice
		}
	}
	return "convert them to JPEG, PNG or TIFF"
}

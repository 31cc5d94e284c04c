package imageio

import (
	"encoding/hex"
	"errors"
	"strconv"
	"strings"

	"github.com/dino-go/dino/internal/option"
)

// Truncated says what becomes of files that end within their pixels. The zero value refuses them.
type Truncated struct {
	// Keep is the share of the picture that must be there in a file that is taken; what is missing
	// is grey or black. 0 refuses all.
	Keep float64
}

// keepHalf is the share where none is given.
const keepHalf = 0.5

// String is the written form: refuse, or keep with the share.
func (t Truncated) String() string {
	if t.Keep == 0 {
		return "refuse"
	}
	return "keep " + strconv.FormatFloat(t.Keep, 'g', -1, 64)
}

// MarshalText returns the written form.
func (t Truncated) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

var errTruncated = errors.New("must be refuse, keep, or keep and the share that must be there, such as keep 0.9")

// UnmarshalText reads the written form.
func (t *Truncated) UnmarshalText(text []byte) error {
	switch words := strings.Fields(string(text)); {
	case len(words) == 1 && words[0] == "refuse":
		*t = Truncated{}
		return nil
	case len(words) == 1 && words[0] == "keep":
		*t = Truncated{Keep: keepHalf}
		return nil
	case len(words) == 2 && words[0] == "keep":
		share, err := option.ParseFloat(words[1])
		if err == nil && share > 0 && share <= 1 {
			*t = Truncated{Keep: share}
			return nil
		}
	}
	return errTruncated
}

// Background is the colour that transparent pixels are laid over. The zero value shows the colours
// that are stored beneath them.
type Background struct {
	Set    bool
	Colour [3]uint8
}

// String is the written form: none, or #rrggbb.
func (b Background) String() string {
	if !b.Set {
		return "none"
	}
	return "#" + hex.EncodeToString(b.Colour[:])
}

// MarshalText returns the written form.
func (b Background) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

var errBackground = errors.New("must be none, white, black, or a colour in quotes, such as '#808080'")

// UnmarshalText reads the written form.
func (b *Background) UnmarshalText(text []byte) error {
	word := string(text)
	switch word {
	case "none":
		*b = Background{}
		return nil
	case "white":
		word = "#ffffff"
	case "black":
		word = "#000000"
	}
	digits, ok := strings.CutPrefix(word, "#")
	colour, err := hex.DecodeString(digits)
	if !ok || err != nil || len(colour) != 3 {
		return errBackground
	}
	*b = Background{Set: true, Colour: [3]uint8(colour)}
	return nil
}

// lay composites pixels onto the background.
func (b Background) lay(pix, alpha []uint8) {
	for i, a := range alpha {
		if a == 255 {
			continue
		}
		for c := range 3 {
			v := &pix[3*i+c]
			*v = uint8((int(*v)*int(a) + int(b.Colour[c])*(255-int(a)) + 127) / 255)
		}
	}
}

// Ways to take the pages of a file.
const (
	FirstPage    = "first"    // the others are not read
	AllPages     = "all"      // each is an image
	PageChannels = "channels" // the first three, grey, are red, green and blue
)

package inspect

import (
	"encoding/binary"
	"testing"

	"github.com/dino-go/dino/weights"
)

// A tensor whose elements are not read as numbers is listed without statistics; the others have
// theirs.
func TestStatisticsOfOtherTypes(t *testing.T) {
	header := `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},` +
		`"b":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[4,8]}}`
	file := append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
	source, err := weights.OpenBytes(append(file, 0, 0, 0x80, 0x3f, 1, 2, 3, 4))
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	if s, err := statistics(source, "a"); err != nil || s == nil || s.Mean != 1 {
		t.Errorf("of a float: %+v, %v", s, err)
	}
	if s, err := statistics(source, "b"); err != nil || s != nil {
		t.Errorf("of a float8: %+v, %v", s, err)
	}
}

package embeddings

import (
	"encoding/base64"
	"encoding/binary"
	"testing"

	flatbuffers "github.com/google/flatbuffers/go"
)

// table is a flatbuffer's table with its fields by number.
type table struct{ flatbuffers.Table }

func (t table) at(slot int) flatbuffers.UOffsetT {
	return flatbuffers.UOffsetT(t.Offset(flatbuffers.VOffsetT(4 + 2*slot)))
}

func (t table) below(slot int) table {
	return table{flatbuffers.Table{Bytes: t.Bytes, Pos: t.Indirect(t.at(slot) + t.Pos)}}
}

func (t table) element(slot, i int) table {
	return table{flatbuffers.Table{Bytes: t.Bytes, Pos: t.Indirect(t.Vector(t.at(slot)) + flatbuffers.UOffsetT(4*i))}}
}

// The message is whole, and describes columns under the names of the file, the last of which is a
// list of the right length.
func TestArrowSchema(t *testing.T) {
	for _, patches := range []bool{false, true} {
		message, err := base64.StdEncoding.DecodeString(arrowSchema(384, patches))
		if err != nil {
			t.Fatal(err)
		}
		if len(message)%8 != 0 || binary.LittleEndian.Uint32(message) != 0xffffffff ||
			int(binary.LittleEndian.Uint32(message[4:])) != len(message)-8 {
			t.Fatalf("the message begins with % x and has %d bytes", message[:8], len(message))
		}
		body := message[8:]
		schema := table{flatbuffers.Table{Bytes: body, Pos: flatbuffers.GetUOffsetT(body)}}.below(2)
		names := append(columnsOf(patches), "embedding")
		if n := schema.VectorLen(schema.at(1)); n != len(names) {
			t.Fatalf("%d columns, want %d", n, len(names))
		}
		for i, name := range names {
			column := schema.element(1, i)
			if got := string(column.ByteVector(column.at(0) + column.Pos)); got != name {
				t.Errorf("column %d is %q, want %q", i, got, name)
			}
		}
		list := schema.element(1, len(names)-1)
		if kind := list.GetByte(list.at(2) + list.Pos); kind != arrowFixedSizeList {
			t.Errorf("the embedding has type %d, want %d", kind, arrowFixedSizeList)
		}
		length := list.below(3)
		if n := length.GetInt32(length.at(0) + length.Pos); n != 384 || list.VectorLen(list.at(5)) != 1 {
			t.Errorf("its lists have %d elements of %d types, want 384 of 1", n, list.VectorLen(list.at(5)))
		}
	}
}

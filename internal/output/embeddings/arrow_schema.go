package embeddings

import (
	"encoding/base64"
	"encoding/binary"

	flatbuffers "github.com/google/flatbuffers/go"
)

// arrowSchemaKey is the key under which Arrow looks, in a Parquet file's metadata, for the types
// that Parquet does not have.
const arrowSchemaKey = "ARROW:schema"

// Types of Arrow's format, by their numbers in the union Type of Schema.fbs.
const (
	arrowInt           = 2
	arrowFloatingPoint = 3
	arrowUTF8          = 5
	arrowFixedSizeList = 16
)

// arrowSchema is Arrow's description of the columns of a Parquet file, from which its readers learn
// that all lists have the same length: the schema as an encapsulated message (Arrow's columnar
// format, "Encapsulated message format"), in base64.
func arrowSchema(cols int, patches bool) string {
	b := flatbuffers.NewBuilder(1024)
	var fields []flatbuffers.UOffsetT
	for _, name := range columnsOf(patches) {
		typeID := byte(arrowInt)
		if name == "path" || name == "label" {
			typeID = arrowUTF8
		}
		fields = append(fields, arrowField(b, name, typeID, 32))
	}
	element := arrowField(b, "element", arrowFloatingPoint, 1) // single precision
	fields = append(fields, arrowField(b, "embedding", arrowFixedSizeList, cols, element))

	vector := arrowVector(b, fields)
	b.StartObject(4) // Schema
	b.PrependUOffsetTSlot(1, vector, 0)
	schema := b.EndObject()
	b.StartObject(5)            // Message
	b.PrependInt16Slot(0, 4, 0) // version V5
	b.PrependByteSlot(1, 1, 0)  // its header is a Schema
	b.PrependUOffsetTSlot(2, schema, 0)
	b.Finish(b.EndObject())
	return base64.StdEncoding.EncodeToString(encapsulate(b.FinishedBytes()))
}

// encapsulate puts the marker of a message and its length before it, padded to 8 bytes.
func encapsulate(message []byte) []byte {
	padded := (len(message) + 7) / 8 * 8
	out := binary.LittleEndian.AppendUint32([]byte{0xff, 0xff, 0xff, 0xff}, uint32(padded))
	return append(append(out, message...), make([]byte, padded-len(message))...)
}

// arrowField writes a column that is never null. parameter is what its type needs: bits of an
// integer, precision of a float, length of a list.
func arrowField(b *flatbuffers.Builder, name string, typeID byte, parameter int,
	children ...flatbuffers.UOffsetT,
) flatbuffers.UOffsetT {
	text, below := b.CreateString(name), arrowVector(b, children)
	b.StartObject(2)
	switch typeID {
	case arrowFloatingPoint:
		b.PrependInt16Slot(0, int16(parameter), 0)
	case arrowInt:
		b.PrependInt32Slot(0, int32(parameter), 0)
		b.PrependBoolSlot(1, true, false) // signed
	case arrowFixedSizeList:
		b.PrependInt32Slot(0, int32(parameter), 0)
	}
	kind := b.EndObject()
	b.StartObject(7) // Field
	b.PrependUOffsetTSlot(0, text, 0)
	b.PrependByteSlot(2, typeID, 0)
	b.PrependUOffsetTSlot(3, kind, 0)
	b.PrependUOffsetTSlot(5, below, 0)
	return b.EndObject()
}

func arrowVector(b *flatbuffers.Builder, of []flatbuffers.UOffsetT) flatbuffers.UOffsetT {
	b.StartVector(flatbuffers.SizeUOffsetT, len(of), flatbuffers.SizeUOffsetT)
	for i := len(of) - 1; i >= 0; i-- {
		b.PrependUOffsetT(of[i])
	}
	return b.EndVector(len(of))
}

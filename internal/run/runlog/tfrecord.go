package runlog

import (
	"encoding/binary"
	"hash/crc32"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendTFRecord frames data as TensorFlow's record files do: the length as a
// little-endian uint64, the masked CRC-32C of those 8 bytes, the data, and the
// masked CRC-32C of the data.
func appendTFRecord(out, data []byte) []byte {
	length := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	out = append(out, length...)
	out = binary.LittleEndian.AppendUint32(out, maskedCRC(length))
	out = append(out, data...)
	return binary.LittleEndian.AppendUint32(out, maskedCRC(data))
}

// maskedCRC returns the CRC-32C rotated right by 15 bits plus a constant, so that
// the checksum of data that holds checksums stays a good one.
func maskedCRC(data []byte) uint32 {
	crc := crc32.Checksum(data, castagnoli)
	return (crc>>15 | crc<<17) + 0xa282ead8
}

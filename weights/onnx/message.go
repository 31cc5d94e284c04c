package onnx

import "google.golang.org/protobuf/encoding/protowire"

// Field numbers of ONNX's protocol buffer messages, IR version 8.
const (
	modelIRVersion       protowire.Number = 1
	modelProducerName    protowire.Number = 2
	modelProducerVersion protowire.Number = 3
	modelGraph           protowire.Number = 7
	modelOpsetImport     protowire.Number = 8
	modelMetadata        protowire.Number = 14

	opsetDomain  protowire.Number = 1
	opsetVersion protowire.Number = 2

	entryKey   protowire.Number = 1
	entryValue protowire.Number = 2

	graphNode        protowire.Number = 1
	graphName        protowire.Number = 2
	graphInitializer protowire.Number = 5
	graphInput       protowire.Number = 11
	graphOutput      protowire.Number = 12

	nodeInput     protowire.Number = 1
	nodeOutput    protowire.Number = 2
	nodeName      protowire.Number = 3
	nodeOpType    protowire.Number = 4
	nodeAttribute protowire.Number = 5

	attributeName protowire.Number = 1
	attributeF    protowire.Number = 2
	attributeI    protowire.Number = 3
	attributeInts protowire.Number = 8
	attributeType protowire.Number = 20

	tensorDims     protowire.Number = 1
	tensorDataType protowire.Number = 2
	tensorName     protowire.Number = 8
	tensorRawData  protowire.Number = 9
	tensorExternal protowire.Number = 13 // entries location, offset and length
	tensorLocation protowire.Number = 14

	valueName       protowire.Number = 1
	valueType       protowire.Number = 2
	typeTensor      protowire.Number = 1
	tensorElemType  protowire.Number = 1
	tensorShape     protowire.Number = 2
	shapeDim        protowire.Number = 1
	dimensionValue  protowire.Number = 1
	dimensionSymbol protowire.Number = 2
)

// irVersion is the version of the file format, that of ONNX 1.12, which brought operator set 17.
const irVersion = 8

// Values of AttributeProto.AttributeType and TensorProto.DataType.
const (
	attributeIsFloat = 1
	attributeIsInt   = 2
	attributeIsInts  = 7

	elementFloat = 1
	elementInt64 = 7

	locationExternal = 1 // TensorProto.DataLocation
)

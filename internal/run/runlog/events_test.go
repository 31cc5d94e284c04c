package runlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// eventSchema is the part of TensorFlow's event.proto that dino writes, as a
// descriptor, so that a general protobuf decoder reads the files back.
const eventSchema = `
name: "event.proto" package: "tensorflow" syntax: "proto3"
message_type { name: "Event"
  field { name: "wall_time" number: 1 type: TYPE_DOUBLE label: LABEL_OPTIONAL }
  field { name: "step" number: 2 type: TYPE_INT64 label: LABEL_OPTIONAL }
  field { name: "file_version" number: 3 type: TYPE_STRING label: LABEL_OPTIONAL }
  field { name: "summary" number: 5 type: TYPE_MESSAGE type_name: ".tensorflow.Summary" label: LABEL_OPTIONAL }
  field { name: "session_log" number: 7 type: TYPE_MESSAGE type_name: ".tensorflow.SessionLog" label: LABEL_OPTIONAL } }
message_type { name: "Summary"
  field { name: "value" number: 1 type: TYPE_MESSAGE type_name: ".tensorflow.Value" label: LABEL_REPEATED } }
message_type { name: "Value"
  field { name: "tag" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
  field { name: "simple_value" number: 2 type: TYPE_FLOAT label: LABEL_OPTIONAL }
  field { name: "image" number: 4 type: TYPE_MESSAGE type_name: ".tensorflow.Image" label: LABEL_OPTIONAL } }
message_type { name: "Image"
  field { name: "height" number: 1 type: TYPE_INT32 label: LABEL_OPTIONAL }
  field { name: "width" number: 2 type: TYPE_INT32 label: LABEL_OPTIONAL }
  field { name: "colorspace" number: 3 type: TYPE_INT32 label: LABEL_OPTIONAL }
  field { name: "encoded_image_string" number: 4 type: TYPE_BYTES label: LABEL_OPTIONAL } }
message_type { name: "SessionLog"
  field { name: "status" number: 1 type: TYPE_ENUM type_name: ".tensorflow.Status" label: LABEL_OPTIONAL } }
enum_type { name: "Status" value { name: "UNSPECIFIED" number: 0 } value { name: "START" number: 1 } }
`

func eventDescriptor(t *testing.T) protoreflect.MessageDescriptor {
	t.Helper()
	var schema descriptorpb.FileDescriptorProto
	if err := prototext.Unmarshal([]byte(eventSchema), &schema); err != nil {
		t.Fatal(err)
	}
	file, err := protodesc.NewFile(&schema, nil)
	if err != nil {
		t.Fatal(err)
	}
	return file.Messages().ByName("Event")
}

// readEvents reads an event file: its frames with bitwise checksums, its
// messages with the general decoder. Each comes back as text.
func readEvents(t *testing.T, path string) []string {
	t.Helper()
	descriptor := eventDescriptor(t)
	var out []string
	for rest := read(t, path); len(rest) > 0; {
		n := binary.LittleEndian.Uint64(rest)
		requireCRC(t, rest[:8], rest[8:12])
		data := rest[12 : 12+n]
		requireCRC(t, data, rest[12+n:16+n])
		rest = rest[16+n:]
		message := dynamicpb.NewMessage(descriptor)
		if err := proto.Unmarshal(data, message); err != nil {
			t.Fatal(err)
		}
		if len(message.GetUnknown()) != 0 {
			t.Errorf("unknown fields %x", message.GetUnknown())
		}
		out = append(out, describe(message))
	}
	return out
}

// describe returns an event's fields in the order of their numbers.
func describe(event protoreflect.Message) string {
	fields := event.Descriptor().Fields()
	get := func(name protoreflect.Name) protoreflect.Value { return event.Get(fields.ByName(name)) }
	text := fmt.Sprintf("%.3f step %d %s", get("wall_time").Float(), get("step").Int(), get("file_version").String())
	if log := fields.ByName("session_log"); event.Has(log) {
		text += fmt.Sprintf("status %d", event.Get(log).Message().Get(log.Message().Fields().ByName("status")).Enum())
	}
	summary := fields.ByName("summary").Message()
	values := get("summary").Message().Get(summary.Fields().ByName("value")).List()
	for i := range values.Len() {
		value := values.Get(i).Message()
		named := value.Descriptor().Fields()
		if image := named.ByName("image"); value.Has(image) {
			m, fields := value.Get(image).Message(), value.Get(image).Message().Descriptor().Fields()
			text += fmt.Sprintf("%s=%d×%d of %d, %d bytes ", value.Get(named.ByName("tag")).String(),
				m.Get(fields.ByName("width")).Int(), m.Get(fields.ByName("height")).Int(),
				m.Get(fields.ByName("colorspace")).Int(), len(m.Get(fields.ByName("encoded_image_string")).Bytes()))
			continue
		}
		text += fmt.Sprintf("%s=%g ", value.Get(named.ByName("tag")).String(),
			value.Get(named.ByName("simple_value")).Float())
	}
	return text
}

// requireCRC checks a masked CRC-32C, computed bit by bit.
func requireCRC(t *testing.T, data, stored []byte) {
	t.Helper()
	crc := ^uint32(0)
	for _, b := range data {
		crc ^= uint32(b)
		for range 8 {
			carry := crc & 1
			crc >>= 1
			if carry == 1 {
				crc ^= 0x82f63b78 // the polynomial of Castagnoli, reflected
			}
		}
	}
	crc = ^crc
	want := ((crc >> 15) | (crc << 17)) + 0xa282ead8
	if got := binary.LittleEndian.Uint32(stored); got != want {
		t.Fatalf("stored checksum %08x, computed %08x", got, want)
	}
}

func TestEvents(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run", "tensorboard")
	start := time.Unix(1_700_000_000, 250_000_000)
	e, err := OpenEvents(dir, table, 0, start)
	if err != nil {
		t.Fatal(err)
	}
	first, second := recordOf(3), recordOf(4)
	second.Values["loss"], second.Values["kl"] = math.NaN(), math.Inf(1)
	for i, r := range []Record{first, second} {
		if err := e.Write(r, start.Add(time.Duration(i+1)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if err := e.Write(first, start); err == nil {
		t.Error("writing after Close succeeded")
	}
	want := []string{
		"1700000000.250 step 0 brain.Event:2",
		"1700000001.250 step 3 train/loss=5.46999979019165 train/kl=1.0000000116860974e-07 " +
			"schedule/lr=0.0005000000237487257 eval/knn=3 ",
		"1700000002.250 step 4 schedule/lr=0.0005000000237487257 ",
	}
	if diff := cmp.Diff(want, readEvents(t, onlyFile(t, dir))); diff != "" {
		t.Error(diff)
	}
}

// TestEventsResume: a file that begins later than step 0 tells TensorBoard to
// forget what earlier files hold from that step on.
func TestEventsResume(t *testing.T) {
	for _, step := range []int{1, 50} {
		dir := t.TempDir()
		e, err := OpenEvents(dir, table, step, time.Unix(1_700_000_000, 0))
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		want := []string{"1700000000.000 step 0 brain.Event:2", fmt.Sprintf("1700000000.000 step %d status 1", step)}
		if diff := cmp.Diff(want, readEvents(t, onlyFile(t, dir))); diff != "" {
			t.Error(diff)
		}
		if _, err := OpenEvents(dir, table, step, time.Unix(1_700_000_000, 0)); !errors.Is(err, os.ErrExist) {
			t.Errorf("a second file of the same time: got error %v", err)
		}
	}
}

func onlyFile(t *testing.T, dir string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "events.out.tfevents.*"))
	if err != nil || len(paths) != 1 {
		t.Fatalf("the folder holds %v, %v", paths, err)
	}
	return paths[0]
}

package runlog

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/regularfile"
	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/observe"
)

// Field numbers of TensorFlow's event.proto and summary.proto.
const (
	eventWallTime    protowire.Number = 1 // double, seconds since 1970
	eventStep        protowire.Number = 2 // int64
	eventFileVersion protowire.Number = 3 // string
	eventSummary     protowire.Number = 5 // Summary
	eventSessionLog  protowire.Number = 7 // SessionLog

	summaryValue     protowire.Number = 1 // repeated Value
	valueTag         protowire.Number = 1 // string
	valueSimpleValue protowire.Number = 2 // float
	valueImage       protowire.Number = 4 // Image

	imageHeight     protowire.Number = 1 // int32
	imageWidth      protowire.Number = 2 // int32
	imageColorspace protowire.Number = 3 // int32, of colorspaceRGB
	imageEncoded    protowire.Number = 4 // bytes

	sessionLogStatus protowire.Number = 1 // enum
)

// colorspaceRGB is how many values a pixel has.
const colorspaceRGB = 3

// sessionStart is SessionLog.START, the status of a log that begins or goes on.
const sessionStart = 1

// Events is an [observe.Observer] that writes the scalars of a run to a TensorBoard event file.
type Events struct {
	observe.Nothing
	file  *atomicfile.Appender
	table measure.Table
}

// OpenEvents creates an event file in dir, which it makes if needed, for the records of step and
// later, with the measurements of a table. TensorBoard reads all event files of a folder as one
// run; of what earlier ones hold for these steps, because the run was interrupted, the new file
// tells it to forget.
func OpenEvents(dir string, table measure.Table, step int, now time.Time) (*Events, error) {
	if err := regularfile.CheckOwnDir(dir); err != nil {
		return nil, fmt.Errorf("runlog: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("runlog: %w", err)
	}
	name := fmt.Sprintf("events.out.tfevents.%d.%09d.dino", now.Unix(), now.Nanosecond())
	file, err := atomicfile.CreateAppender(filepath.Join(dir, name))
	if err != nil {
		return nil, fmt.Errorf("runlog: %w", err)
	}
	e := &Events{file: file, table: table}
	version := protowire.AppendTag(event(0, now), eventFileVersion, protowire.BytesType)
	out := appendTFRecord(nil, protowire.AppendString(version, "brain.Event:2"))
	if step > 0 {
		status := protowire.AppendTag(nil, sessionLogStatus, protowire.VarintType)
		status = protowire.AppendVarint(status, sessionStart)
		out = appendTFRecord(out, appendMessage(event(step, now), eventSessionLog, status))
	}
	if err := e.write(out); err != nil {
		file.Close()
		return nil, err
	}
	return e, nil
}

// Step appends the scalars of a step: see [Events.Write].
func (e *Events) Step(s observe.Step) error { return e.Write(recordFrom(s), time.Now()) }

// Write appends a record: each of its numbers is a scalar GROUP/NAME, as its
// measurement says. Non-finite numbers are left out.
func (e *Events) Write(r Record, now time.Time) error {
	if err := r.check(e.table); err != nil {
		return fmt.Errorf("runlog: %w", err)
	}
	var summary []byte
	for _, m := range e.table {
		x := r.Values.Of(m)
		if math.IsNaN(x) || math.IsInf(x, 0) {
			continue
		}
		value := protowire.AppendTag(nil, valueTag, protowire.BytesType)
		value = protowire.AppendString(value, m.Tag())
		value = protowire.AppendTag(value, valueSimpleValue, protowire.Fixed32Type)
		value = protowire.AppendFixed32(value, math.Float32bits(float32(x)))
		summary = appendMessage(summary, summaryValue, value)
	}
	return e.write(appendTFRecord(nil, appendMessage(event(r.Step, now), eventSummary, summary)))
}

func (e *Events) write(records []byte) error {
	if err := e.file.Append(records); err != nil {
		return fmt.Errorf("runlog: %w", err)
	}
	return nil
}

// Close closes the file.
func (e *Events) Close() error { return e.file.Close() }

// event returns the beginning of an Event message.
func event(step int, now time.Time) []byte {
	out := protowire.AppendTag(nil, eventWallTime, protowire.Fixed64Type)
	out = protowire.AppendFixed64(out, math.Float64bits(float64(now.UnixNano())/1e9))
	out = protowire.AppendTag(out, eventStep, protowire.VarintType)
	return protowire.AppendVarint(out, uint64(step))
}

// appendMessage appends an embedded message field.
func appendMessage(out []byte, number protowire.Number, message []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(out, number, protowire.BytesType), message)
}

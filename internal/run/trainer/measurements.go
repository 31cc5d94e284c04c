package trainer

import (
	"fmt"
	"slices"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/digits"
	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/schedule"
)

// Measurements is the table of a run whose model measures these: what its steps compute, the
// schedule's numbers, the speed and the scores. Whatever writes a run down, or reads what was
// written, follows it. A run with [distill.MeasurementsOf] alone has the fields of
// docs/formats.md.
func Measurements(computed []distill.Measurement) measure.Table {
	return slices.Concat(distill.Described(computed), schedule.Measurements(), own)
}

// own are the measurements that the trainer takes itself.
var own = measure.Table{
	{
		Name: "images_per_s", Group: "speed", Unit: "images/s", Doc: "images, over this step",
		Status: measure.Status{Place: 1, Text: func(x float64) string { return digits.Significant(x) + " img/s" }},
	}, {
		Name: "data_wait", Group: "speed", Doc: "share of this step's time spent waiting for data, 0 to 1",
		Status: measure.Status{
			Place: 4,
			Text:  func(x float64) string { return fmt.Sprintf("data wait %.0f%%", 100*x) },
		},
	}, {
		Name: "knn", Group: "eval", Unit: "%", Sometimes: true, Doc: "k-NN accuracy of the teacher",
	}, {
		Name: "knn_untrained", Group: "eval", Unit: "%", Sometimes: true,
		Doc: "that of the network before its first step",
	}, {
		Name: "knn_pixels", Group: "eval", Unit: "%", Sometimes: true, Doc: "that of raw pixels",
	}, {
		Name: "probe_rankme", Group: "probe", Sometimes: true,
		Doc: "RankMe of the teacher's features of the probe images: how many dimensions they use",
	}, {
		Name: "probe_std", Group: "probe", Sometimes: true,
		Doc: "how far these features spread, L2-normalised: about 1 evenly over the sphere, 0 for one feature",
	},
}

// Measurements that programs look at by themselves.
var (
	ImagesPerSecond = own.Named("images_per_s")
	DataWait        = own.Named("data_wait")
	KNN             = own.Named("knn")
	KNNUntrained    = own.Named("knn_untrained")
	KNNPixels       = own.Named("knn_pixels")
	ProbeRankMe     = own.Named("probe_rankme")
	ProbeStd        = own.Named("probe_std")
)

package page

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/run/trainer"
)

// What the charts and the list of runs show of metrics.jsonl, a run of this version has. They name
// the measurements by themselves, because they show runs of other versions, too.
func TestShownMeasurementsAreThoseOfRuns(t *testing.T) {
	has := map[string]bool{}
	for _, m := range trainer.Measurements(distill.MeasurementsOf(distill.DefaultConfig())) {
		has[m.Name] = true
	}
	for path, names := range map[string]string{
		filepath.Join("static", "charts.js"):  `(?:named\('|columns\.)(\w+)`,
		filepath.Join("..", "runs", "run.go"): `last\.(?:Values|Means), "(\w+)"`,
	} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(names).FindAllSubmatch(text, -1)
		if len(found) < 4 {
			t.Errorf("%s names %d measurements: it shows more", path, len(found))
		}
		for _, name := range found {
			if !has[string(name[1])] {
				t.Errorf("%s shows %s, which is no measurement of a run", path, name[1])
			}
		}
	}
}

package measure

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	text := func(name string) func(float64) string {
		return func(x float64) string { return fmt.Sprintf("%s %g", name, x) }
	}
	table := Table{
		{Name: "loss", Group: "train", Status: Status{Place: 3, Text: text("l")}},
		{Name: "lr", Group: "schedule"},
		{Name: "speed", Group: "speed", Status: Status{Place: 1, Text: text("s")}},
	}
	if got := table.Named("lr").Tag(); got != "schedule/lr" {
		t.Errorf("the tag is %q", got)
	}
	var line []string
	for _, m := range table.Shown() {
		line = append(line, m.Status.Text(2))
	}
	if got := strings.Join(line, ", "); got != "s 2, l 2" {
		t.Errorf("the status line is %q", got)
	}
	if err := table.Validate(); err != nil {
		t.Error(err)
	}
	defer func() {
		if got := fmt.Sprint(recover()); !strings.Contains(got, `no measurement is called "los"`) {
			t.Errorf("a misspelt name: %s", got)
		}
	}()
	table.Named("los")
}

func TestTableErrors(t *testing.T) {
	for _, c := range []struct {
		table Table
		want  string
	}{
		{Table{{Name: "Loss", Group: "train"}}, `measurement 0 has the name "Loss"`},
		{Table{{Name: "loss", Group: ""}}, `in the group ""`},
		{Table{{Name: `a"b`, Group: "train"}}, "lower-case"},
		{Table{{Name: "a", Group: "train"}, {Name: "a", Group: "eval"}}, `measurement 1 is called "a"`},
		{Table{{Name: "step", Group: "train"}}, `is called "step"`},
	} {
		if err := c.table.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got error %v, want %q", c.table, err, c.want)
		}
	}
}

func TestValues(t *testing.T) {
	loss, kl := Measurement{Name: "loss"}, Measurement{Name: "kl"}
	v := Values{}
	v.Set(loss, 3)
	if v.Of(loss) != 3 || !v.Has(loss) || v.Has(kl) || !math.IsNaN(v.Of(kl)) {
		t.Errorf("got %v", v)
	}
}

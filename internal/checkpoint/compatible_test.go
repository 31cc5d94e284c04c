package checkpoint

import (
	"strings"
	"testing"
)

func TestCompatible(t *testing.T) {
	saved := Parameters{"batch_size": "64", "loss.prototypes": "1024", "seed": "0"}
	tests := []struct {
		current Parameters
		want    []string // none: compatible
	}{
		{Parameters{"batch_size": "64", "loss.prototypes": "1024", "seed": "0"}, nil},
		{
			Parameters{"batch_size": "64", "loss.prototypes": "2048", "seed": "0"},
			[]string{"loss.prototypes is 2048, the run was begun with 1024: set it back"},
		},
		{
			Parameters{"batch_size": "32", "loss.prototypes": "1024", "seed": "1"},
			[]string{"batch_size is 32, the run was begun with 64", "seed is 1, the run was begun with 0"},
		},
		{
			Parameters{"batch_size": "64", "loss.prototypes": "1024"},
			[]string{"seed is missing, the run was begun with 0"},
		},
		{
			Parameters{"batch_size": "64", "loss.prototypes": "1024", "seed": "0", "vit.registers": "4"},
			[]string{"vit.registers is 4, the run was begun without it"},
		},
	}
	for _, test := range tests {
		err := Compatible(saved, test.current)
		if len(test.want) == 0 {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%v: accepted", test.current)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != len(test.want) {
			t.Errorf("got %d differences, want %d:\n%v", len(lines), len(test.want), err)
			continue
		}
		for i, want := range test.want {
			if !strings.Contains(lines[i], want) || !strings.Contains(lines[i], "start a new run in another folder") {
				t.Errorf("got %s\nwant %s", lines[i], want)
			}
		}
	}
	if err := Compatible(nil, nil); err != nil {
		t.Error(err)
	}
}

package progress

import (
	"bytes"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A count is shown from the first image on: before any is done, while the first are read, and then
// with how fast they go and what is left. Another kind of thing begins anew.
func TestCountFromTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out, events bytes.Buffer
		p, q := New(&out, Plain), New(&events, JSON)
		for _, c := range []Count{
			{Done: 0, Total: 4000, What: "images"},
			{Done: 0, Total: 4000, What: "images", Read: 37},
			{Done: 640, Total: 4000, What: "images", Read: 700},
			{Done: 4000, Total: 4000, What: "images", Read: 4000},
			{Done: 0, Total: 30, What: "epochs"},
			{Done: 3, Total: 30, What: "epochs"},
		} {
			p.Count(c)
			q.Count(c)
			time.Sleep(20 * time.Second)
		}
		want := "0 of 4000 images\n0 of 4000 images (37 read)\n640 of 4000 images, 16.0 a second, 3m 30s left\n" +
			"4000 of 4000 images, 66.7 a second\n0 of 30 epochs\n3 of 30 epochs, 0.150 a second, 3m 00s left\n"
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if diff := cmp.Diff(map[string]any{
			"event": "count", "done": 640., "total": 4000., "what": "images", "read": 700., "per_s": 16.,
			"left_s": 210.,
		}, objects(t, events.String())[2]); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

// What goes on behind an interruption is no faster for what was done before.
func TestCountGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := New(&out, Plain)
		p.Count(Count{Done: 3000, Total: 4000, What: "images"})
		time.Sleep(20 * time.Second)
		p.Count(Count{Done: 3100, Total: 4000, What: "images"})
		want := "3000 of 4000 images\n3100 of 4000 images, 5.00 a second, 3m 00s left\n"
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

// streams are the outputs of a command.
type streams struct{ out, err bytes.Buffer }

func (s *streams) OutOrStdout() io.Writer { return &s.out }
func (s *streams) ErrOrStderr() io.Writer { return &s.err }

// Results go to standard output, all else to standard error, for persons and programs.
func TestResultsStandAlone(t *testing.T) {
	for _, c := range []struct {
		quiet, json bool
		out, err    string
	}{
		{false, false, "k-NN 12 %\n", "0 of 2 images\ntraining\nleft out: a\n"},
		{
			false, true, `{"event":"result","knn":12}` + "\n",
			`{"event":"count","done":0,"left_s":null,"per_s":0,"total":2,"what":"images"}` + "\n" +
				`{"event":"stage","text":"training"}` + "\n" + `{"event":"bad","path":"a"}` + "\n",
		},
		{true, false, "", ""},
	} {
		var s streams
		p := For(&s, c.quiet, c.json)
		p.Count(Count{Total: 2, What: "images"})
		p.Stage("training")
		p.Event("bad", Fields{"path": "a"}, "left out: %s", "a")
		p.Result("result", Fields{"knn": 12}, "k-NN %d %%", 12)
		p.Close()
		if s.out.String() != c.out || s.err.String() != c.err {
			t.Errorf("quiet %v, json %v: %q and %q", c.quiet, c.json, s.out.String(), s.err.String())
		}
	}
}

package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/compute"
)

// pairs are the times of both sides in turns: engine[i] and peer[i] lie next to each other in time.
// Without a peer that side is empty.
type pairs struct {
	mode         string // of the peer
	engine, peer []time.Duration
}

type measured []pairs

// pause lets the threads of the other side go to sleep, which wait for more work for a while.
const pause = 300 * time.Millisecond

// measure times a piece of work: each side does it twice before it counts, then they take turns.
func measure(ctx context.Context, o *options, engine compute.Backend, other *peer, w work,
	precision string,
) (measured, error) {
	own, err := w.build(engine, precision)
	if err != nil {
		return nil, err
	}
	for range 2 {
		if err := own(); err != nil {
			return nil, err
		}
	}
	var all measured
	if other == nil {
		all = append(all, pairs{})
		for range o.turns {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if err := all[0].takeOwn(own); err != nil {
				return nil, err
			}
		}
		return all, nil
	}
	for _, mode := range o.modes {
		name := strings.Join([]string{w.name, precision, mode}, "/")
		if err := other.prepare(name); err != nil {
			return nil, err
		}
		p := pairs{mode: mode}
		for range o.turns {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if err := p.takeOwn(own); err != nil {
				return nil, err
			}
			t, err := other.run(name)
			if err != nil {
				return nil, err
			}
			p.peer = append(p.peer, t)
			time.Sleep(pause)
		}
		all = append(all, p)
	}
	return all, nil
}

func (p *pairs) takeOwn(own func() error) error {
	runtime.GC() // of what the benchmark itself has left
	start := time.Now()
	if err := own(); err != nil {
		return err
	}
	p.engine = append(p.engine, time.Since(start))
	return nil
}

// rows is the part of the table for one piece of work.
func (m measured) rows(title, precision string) string {
	var text strings.Builder
	for _, p := range m {
		fmt.Fprintf(&text, "| %s | %s | %s | ", title, precision, seconds(p.engine))
		if p.mode == "" {
			fmt.Fprint(&text, "| | |\n")
			continue
		}
		fmt.Fprintf(&text, "%s | %s | %s |\n", p.mode, seconds(p.peer), p.ratio())
	}
	return text.String()
}

// ratio is how many times as long as the engine the peer takes: the median over pairs of turns, the
// lowest and the highest.
func (p *pairs) ratio() string {
	ratios := make([]float64, len(p.peer))
	for i := range ratios {
		ratios[i] = p.peer[i].Seconds() / p.engine[i].Seconds()
	}
	return fmt.Sprintf("**%.2f** (%.2f to %.2f)", median(ratios), slices.Min(ratios), slices.Max(ratios))
}

// seconds is the median of times, the lowest and the highest, in three digits.
func seconds(times []time.Duration) string {
	unit, name := 1.0, "s"
	s := make([]float64, len(times))
	for i, t := range times {
		s[i] = t.Seconds()
	}
	if median(s) < 0.1 {
		unit, name = 1000, "ms"
	}
	return fmt.Sprintf("%.3g %s (%.3g to %.3g)", median(s)*unit, name, slices.Min(s)*unit, slices.Max(s)*unit)
}

// median of numbers, at least one: the middle one, or the mean of the two in the middle.
func median(numbers []float64) float64 {
	s := slices.Sorted(slices.Values(numbers))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

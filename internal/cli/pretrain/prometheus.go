package pretrain

import (
	"context"

	"github.com/dino-go/dino/internal/run/prometheus"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/observe"
)

// numbers are what Prometheus is shown, and where.
type numbers struct {
	prometheus.Exporter
	address string
}

// forPrometheus is what --metrics-addr asks for; nil where it is not given.
func (o Options) forPrometheus() (*numbers, error) {
	if !o.changed("metrics-addr") {
		return nil, nil
	}
	address, err := prometheus.Address(o.MetricsAddr)
	if err != nil {
		return nil, usage.Errorf("pretrain: --metrics-addr %w", err)
	}
	return &numbers{address: address}, nil
}

// serve begins to answer, and says where.
func (n *numbers) serve(ctx context.Context, told observe.Observer) (*prometheus.Server, error) {
	server, err := prometheus.Serve(ctx, n.address, &n.Exporter)
	if err != nil {
		return nil, usage.Errorf("pretrain: --metrics-addr: %w: choose another port, or 0 for a free one", err)
	}
	if err := told.Note(observe.Notef("Prometheus can ask at %s", server.URL())); err != nil {
		server.Close()
		return nil, err
	}
	return server, nil
}

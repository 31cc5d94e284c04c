package pretrain

import (
	"context"
	"errors"
	"os"
	"slices"

	"github.com/dino-go/dino/internal/run/mlflow"
	"github.com/dino-go/dino/internal/run/pretrain"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/observe"
)

// forMLflow is the tracker that the environment asks for; nil for none. An environment that is
// wrong is a warning, since it may be meant for other programs.
func forMLflow(told observe.Observer) (*mlflow.Tracker, error) {
	server, err := mlflow.FromEnvironment(os.Getenv)
	if err != nil {
		return nil, told.Warning(observe.Warning{Note: observe.Notef("%v", err)})
	}
	if server == nil {
		return nil, nil
	}
	return mlflow.New(server, told), nil
}

// tracked runs with observers, and with MLflow where the environment asks for it.
func tracked(ctx context.Context, o Options, shown observe.All) (observe.Done, error) {
	tracker, err := forMLflow(shown)
	if err != nil {
		return observe.Done{}, err
	}
	if tracker == nil {
		return pretrain.Run(ctx, o.options(shown...))
	}
	told := append(slices.Clone(shown), observe.Named{Name: "MLflow", Observer: tracker})
	done, err := pretrain.Run(ctx, o.options(told...))
	if failed := tracker.Close(statusOf(err)); err == nil {
		err = failed
	}
	return done, err
}

// statusOf is what MLflow is told of the end of a run.
func statusOf(err error) string {
	switch {
	case err == nil:
		return mlflow.Finished
	case errors.Is(err, trainer.ErrInterrupted):
		return mlflow.Killed
	}
	return mlflow.Failed
}

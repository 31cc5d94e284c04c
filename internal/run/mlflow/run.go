package mlflow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// folderTag is the tag by which a run that goes on finds itself: which machine and folder it has,
// without saying it.
const folderTag = "dino.run"

// remote is a run as the server has it.
type remote struct {
	*Server
	id string
}

// tag is a name with a value.
type tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// begin makes a run, or finds that of the same folder if it goes on. found tells which.
func (s *Server) begin(ctx context.Context, folder string, goesOn bool,
	at time.Time,
) (r *remote, found bool, err error) {
	experiment, err := s.experimentOf(ctx)
	if err != nil {
		return nil, false, err
	}
	whole, err := filepath.Abs(folder)
	if err != nil {
		whole = folder
	}
	machine, _ := os.Hostname()
	sum := sha256.Sum256([]byte(machine + "\x00" + whole))
	mark := hex.EncodeToString(sum[:16])
	if goesOn {
		var answer struct {
			Runs []answeredRun `json:"runs"`
		}
		err := s.call(ctx, http.MethodPost, "runs/search", object{
			"experiment_ids": []string{experiment}, "filter": "tags.`" + folderTag + "` = '" + mark + "'",
			"max_results": 1, "order_by": []string{"attributes.start_time DESC"},
		}, &answer)
		if err != nil {
			return nil, false, err
		}
		if len(answer.Runs) > 0 {
			r := &remote{s, answer.Runs[0].Info.ID}
			return r, true, r.update(ctx, "RUNNING", nil)
		}
	}
	name := s.runName
	if name == "" {
		name = filepath.Base(whole)
	}
	var answer struct {
		Run answeredRun `json:"run"`
	}
	err = s.call(ctx, http.MethodPost, "runs/create", object{
		"experiment_id": experiment, "run_name": name, "start_time": at.UnixMilli(),
		"tags": []tag{
			{folderTag, mark},
			{"mlflow.source.name", "dino pretrain"},
			{"mlflow.source.type", "LOCAL"},
		},
	}, &answer)
	if err == nil && answer.Run.Info.ID == "" {
		err = errors.New("the answer names no run: is this a server of MLflow?")
	}
	return &remote{s, answer.Run.Info.ID}, false, err
}

// answeredRun is a run in an answer.
type answeredRun struct {
	Info struct {
		ID string `json:"run_id"`
	} `json:"info"`
}

// experimentOf is the identifier of the experiment that was asked for, which is made if needed.
func (s *Server) experimentOf(ctx context.Context) (string, error) {
	switch {
	case s.experimentID != "":
		return s.experimentID, nil
	case s.experiment == "":
		return "0", nil
	}
	var there struct {
		Experiment struct {
			ID string `json:"experiment_id"`
		} `json:"experiment"`
	}
	err := s.call(ctx, http.MethodGet, "experiments/get-by-name?experiment_name="+url.QueryEscape(s.experiment),
		nil, &there)
	var none *refusal
	if !errors.As(err, &none) || none.code != http.StatusNotFound || none.name != "RESOURCE_DOES_NOT_EXIST" {
		return there.Experiment.ID, err
	}
	var made struct {
		ID string `json:"experiment_id"`
	}
	err = s.call(ctx, http.MethodPost, "experiments/create", object{"name": s.experiment}, &made)
	return made.ID, err
}

// log adds parameters and numbers to the run.
func (r *remote) log(ctx context.Context, params []tag, metrics []number) error {
	ask := object{"run_id": r.id}
	if len(params) > 0 {
		ask["params"] = params
	}
	if len(metrics) > 0 {
		ask["metrics"] = metrics
	}
	return r.call(ctx, http.MethodPost, "runs/log-batch", ask, nil)
}

// update says how the run is doing, and when it ended.
func (r *remote) update(ctx context.Context, status string, end *time.Time) error {
	ask := object{"run_id": r.id, "status": status}
	if end != nil {
		ask["end_time"] = end.UnixMilli()
	}
	return r.call(ctx, http.MethodPost, "runs/update", ask, nil)
}

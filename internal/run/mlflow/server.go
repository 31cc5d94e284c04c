package mlflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// requestPatience is how long a request may take.
const requestPatience = 10 * time.Second

// maxAnswer is how much of an answer is read, in bytes.
const maxAnswer = 1 << 20

// Server is a tracking server, and where on it a run is to be.
type Server struct {
	address       string // without credentials, and without a slash at the end
	authorization string // a header; empty without
	experimentID  string // empty: by name
	experiment    string // empty: the default one
	runName       string // empty: the name of the folder
	client        http.Client
}

// FromEnvironment reads the variables of MLflow's own client: MLFLOW_TRACKING_URI, …_USERNAME,
// …_PASSWORD and …_TOKEN, MLFLOW_EXPERIMENT_ID or …_NAME, MLFLOW_RUN_NAME. It returns nil where no
// address is set. An error quotes nothing that may be a secret.
func FromEnvironment(getenv func(string) string) (*Server, error) {
	text := getenv("MLFLOW_TRACKING_URI")
	if text == "" {
		return nil, nil
	}
	at, err := url.Parse(text)
	if err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return nil, errors.New("MLFLOW_TRACKING_URI is not the address of a server (http://… or https://…): MLflow " +
			"hears nothing of this run; start `mlflow server` and name its address, or set the variable to nothing")
	}
	s := &Server{
		address:      at.Scheme + "://" + at.Host + strings.TrimRight(at.EscapedPath(), "/"),
		experimentID: getenv("MLFLOW_EXPERIMENT_ID"), experiment: getenv("MLFLOW_EXPERIMENT_NAME"),
		runName: getenv("MLFLOW_RUN_NAME"),
	}
	user, password := getenv("MLFLOW_TRACKING_USERNAME"), getenv("MLFLOW_TRACKING_PASSWORD")
	if user == "" || password == "" {
		user = at.User.Username()
		password, _ = at.User.Password()
	}
	if token := getenv("MLFLOW_TRACKING_TOKEN"); user != "" {
		var r http.Request
		r.Header = http.Header{}
		r.SetBasicAuth(user, password)
		s.authorization = r.Header.Get("Authorization")
	} else if token != "" {
		s.authorization = "Bearer " + token
	}
	return s, nil
}

// refusal is an answer that is none of those that were asked for.
type refusal struct {
	code    int
	name    string // MLflow's, as RESOURCE_DOES_NOT_EXIST
	message string
}

// Error is the status, with what MLflow says beside it.
func (r *refusal) Error() string {
	text := fmt.Sprintf("status %d (%s)", r.code, http.StatusText(r.code))
	if r.name != "" {
		text += fmt.Sprintf(": %s: %.200s", r.name, r.message)
	}
	return text
}

// final tells whether asking again is of no use.
func final(err error) bool {
	var r *refusal
	return errors.As(err, &r) && r.code >= 400 && r.code < 500 &&
		r.code != http.StatusRequestTimeout && r.code != http.StatusTooManyRequests
}

var errSlow = errors.New("no answer in time")

// object is a JSON object.
type object map[string]any

// call asks the server, and decodes what it answers into answer, unless that is nil.
func (s *Server) call(ctx context.Context, method, path string, ask object, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, requestPatience)
	defer cancel()
	body, err := json.Marshal(ask)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, s.address+"/api/2.0/mlflow/"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	if s.authorization != "" {
		r.Header.Set("Authorization", s.authorization)
	}
	got, err := s.client.Do(r)
	if ctx.Err() != nil {
		return errSlow
	}
	if err != nil {
		var outer *url.Error // which quotes the whole address
		if errors.As(err, &outer) {
			err = outer.Err
		}
		return err
	}
	defer got.Body.Close()
	text, err := io.ReadAll(io.LimitReader(got.Body, maxAnswer))
	if ctx.Err() != nil {
		return errSlow
	}
	if err != nil {
		return err
	}
	if got.StatusCode != http.StatusOK {
		var why struct {
			Code    string `json:"error_code"`
			Message string `json:"message"`
		}
		json.Unmarshal(text, &why) // a proxy answers something else
		return &refusal{got.StatusCode, why.Code, why.Message}
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return errors.New("the answer is no JSON: is this a server of MLflow?")
	}
	return nil
}

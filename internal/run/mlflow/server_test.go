package mlflow

import (
	"strings"
	"testing"
)

func TestFromEnvironment(t *testing.T) {
	const basic = "Basic dXNlcjpzZWNyZXQ=" // user:secret
	for name, c := range map[string]struct {
		environment            map[string]string
		address, authorization string
	}{
		"plain":    {map[string]string{"URI": "http://h:5000/"}, "http://h:5000", ""},
		"path":     {map[string]string{"URI": "https://h/a%20b/"}, "https://h/a%20b", ""},
		"in it":    {map[string]string{"URI": "https://user:secret@h"}, "https://h", basic},
		"password": {map[string]string{"URI": "http://h", "USERNAME": "user", "PASSWORD": "secret"}, "http://h", basic},
		"token":    {map[string]string{"URI": "http://h", "TOKEN": "abc"}, "http://h", "Bearer abc"},
		"both": {
			map[string]string{"URI": "http://h", "TOKEN": "abc", "USERNAME": "user", "PASSWORD": "secret"},
			"http://h", basic,
		},
	} {
		s, err := FromEnvironment(func(name string) string {
			return c.environment[strings.TrimPrefix(name, "MLFLOW_TRACKING_")]
		})
		if err != nil || s.address != c.address || s.authorization != c.authorization {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
	if s, err := FromEnvironment(func(string) string { return "" }); s != nil || err != nil {
		t.Errorf("without an address: %v, %v", s, err)
	}
	for _, wrong := range []string{
		"sqlite:///secret", "databricks", "secret/mlruns", "http://",
		"http://u:secret@h:x",
	} {
		_, err := FromEnvironment(func(name string) string {
			return map[string]string{"MLFLOW_TRACKING_URI": wrong}[name]
		})
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

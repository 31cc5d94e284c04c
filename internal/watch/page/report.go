package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// modules are our scripts, each behind those that it imports.
var modules = []string{
	"dom.js", "status.js", "format.js", "theme.js", "source.js", "curves.js", "state.js", "chart.js", "charts.js",
	"verdict.js", "runs.js", "configuration.js", "bad.js", "notes.js", "tabs.js", "main.js",
}

// Report is the page with its data as one HTML file that needs nothing else. The data are what the
// live page would fetch: see source.js.
func Report(data any) ([]byte, error) {
	text, err := json.Marshal(data) // which writes <, > and & as escapes: the data cannot end their element
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	style := bytes.Join([][]byte{read("uplot/uPlot.min.css"), read("static/style.css")}, []byte("\n"))
	library, script := read("uplot/uPlot.iife.min.js"), Bundle()
	policy := fmt.Sprintf("default-src 'none'; script-src %s %s; style-src %s; img-src data:; base-uri 'none'; "+
		"form-action 'none'", hash(library), hash(script), hash(style))
	page := string(read("static/index.html"))
	for _, part := range []struct{ from, to, with string }{
		{"<!-- policy -->", "<!-- end policy -->", `<meta http-equiv="Content-Security-Policy" content="` + policy +
			`">`},
		{"<!-- style -->", "<!-- end style -->", "<style>" + string(style) + "</style>"},
		{
			"<!-- script -->", "<!-- end script -->", `<script type="application/json" id="data">` + string(text) +
				"</script>\n<script>" + string(library) + "</script>\n" + `<script type="module">` + string(script) +
				"</script>",
		},
	} {
		before, rest, found := strings.Cut(page, part.from)
		_, after, ended := strings.Cut(rest, part.to)
		if !found || !ended {
			return nil, fmt.Errorf("page: index.html has no place %s", part.from)
		}
		page = before + part.with + after
	}
	return []byte(page), nil
}

// Bundle is all our modules as one script: they share no name at their top level, so that their
// imports and the word export can be left out.
func Bundle() []byte {
	var script bytes.Buffer
	for _, name := range modules {
		for line := range bytes.Lines(read("static/" + name)) {
			if !bytes.HasPrefix(line, []byte("import ")) {
				script.Write(bytes.TrimPrefix(line, []byte("export ")))
			}
		}
	}
	return script.Bytes()
}

// hash names an inline script or style in a content security policy.
func hash(text []byte) string {
	sum := sha256.Sum256(text)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

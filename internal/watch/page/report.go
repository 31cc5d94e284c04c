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
	"dom.js", "status.js", "format.js", "theme.js", "source.js", "curves.js", "state.js", "details.js", "verdict.js",
	"answers.js", "marks.js", "chart.js", "charts.js", "runs.js", "configuration.js", "bad.js", "notes.js",
	"pictures.js", "tabs.js",
	"places.js", "picture.js", "colours.js", "camera.js", "canvas.js", "search.js", "map.js", "main.js",
}

// Report is the page with its data as one HTML file that needs nothing else. The data are what the
// live page would fetch: see source.js.
func Report(data any) ([]byte, error) {
	return Document{
		HTML:    read("static/index.html"),
		Style:   bytes.Join([][]byte{read("uplot/uPlot.min.css"), read("static/style.css")}, []byte("\n")),
		Library: read("uplot/uPlot.iife.min.js"), Script: Bundle(),
	}.With(data)
}

// Document is a page that is to be one file.
type Document struct {
	HTML    []byte // with the places of policy, style and script: see index.html
	Style   []byte
	Library []byte // a script that comes before; nil for none
	Script  []byte // a module that imports nothing: see Join
}

// With puts data into a page, where its script finds them in the element "data".
func (d Document) With(data any) ([]byte, error) {
	text, err := json.Marshal(data) // which writes <, > and & as escapes: the data cannot end their element
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	script := `<script type="application/json" id="data">` + string(text) + "</script>\n"
	scripts := hash(d.Script)
	if d.Library != nil {
		script += "<script>" + string(d.Library) + "</script>\n"
		scripts = hash(d.Library) + " " + scripts
	}
	policy := fmt.Sprintf("default-src 'none'; script-src %s; style-src %s; img-src data:; base-uri 'none'; "+
		"form-action 'none'", scripts, hash(d.Style))
	page := string(d.HTML)
	for _, part := range []struct{ from, to, with string }{
		{"<!-- policy -->", "<!-- end policy -->", `<meta http-equiv="Content-Security-Policy" content="` + policy +
			`">`},
		{"<!-- style -->", "<!-- end style -->", "<style>" + string(d.Style) + "</style>"},
		{"<!-- script -->", "<!-- end script -->", script + `<script type="module">` + string(d.Script) + "</script>"},
	} {
		before, rest, found := strings.Cut(page, part.from)
		_, after, ended := strings.Cut(rest, part.to)
		if !found || !ended {
			return nil, fmt.Errorf("page: the document has no place %s", part.from)
		}
		page = before + part.with + after
	}
	return []byte(page), nil
}

// Bundle is all our modules as one script.
func Bundle() []byte {
	texts := make([][]byte, len(modules))
	for i, name := range modules {
		texts[i] = read("static/" + name)
	}
	return Join(texts...)
}

// Join makes one script of modules, each behind those that it imports: they share no name at their
// top level, so that their imports and the word export can be left out.
func Join(modules ...[]byte) []byte {
	var script bytes.Buffer
	for _, module := range modules {
		for line := range bytes.Lines(module) {
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

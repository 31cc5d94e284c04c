package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// isInternal tells whether only the module itself can import a package of the path.
func isInternal(importPath string) bool {
	return rel(importPath) != importPath &&
		(strings.HasPrefix(rel(importPath), "internal/") || strings.Contains(importPath, "/internal/"))
}

// surface walks what an outside program sees of a package, and collects the places where it meets a
// type that it cannot name.
type surface struct {
	pkg   *types.Package
	seen  map[types.Type]bool
	found []string // "Place mentions type"
}

// exposed returns the exported declarations of a package that mention a type of an internal
// package.
func exposed(pkg *types.Package) []string {
	s := &surface{pkg: pkg, seen: map[types.Type]bool{}}
	for _, name := range pkg.Scope().Names() {
		if o := pkg.Scope().Lookup(name); o.Exported() {
			s.walk(name, o.Type())
		}
	}
	slices.Sort(s.found)
	return slices.Compact(s.found)
}

// name reports a named type of an internal package, and tells whether it is the package's own, to
// be looked into: an outside program holds values of unexported types, too.
func (s *surface) name(place string, o *types.TypeName, arguments *types.TypeList) (own bool) {
	for i := range arguments.Len() {
		s.walk(place, arguments.At(i))
	}
	if o.Pkg() != nil && o.Pkg() != s.pkg && isInternal(o.Pkg().Path()) {
		s.found = append(s.found, fmt.Sprintf("%s mentions %s.%s", place, rel(o.Pkg().Path()), o.Name()))
	}
	return o.Pkg() == s.pkg
}

func (s *surface) walk(place string, t types.Type) {
	switch t := t.(type) {
	case *types.Alias:
		if s.name(place, t.Obj(), t.TypeArgs()) {
			s.walk(place, t.Rhs())
		}
	case *types.Named:
		if s.name(place, t.Obj(), t.TypeArgs()) && !s.seen[t] {
			s.seen[t] = true
			s.walk(t.Obj().Name(), t.Underlying())
			for m := range t.Methods() {
				s.member(t.Obj().Name(), m)
			}
		}
	case *types.Struct:
		for f := range t.Fields() {
			if f.Exported() || f.Embedded() {
				s.walk(place+"."+f.Name(), f.Type())
			}
		}
	case *types.Interface:
		for m := range t.Methods() {
			s.member(place, m)
		}
		for e := range t.EmbeddedTypes() {
			s.walk(place, e)
		}
	case *types.Signature:
		s.signature(place, t)
	case *types.Map:
		s.walk(place, t.Key())
		s.walk(place, t.Elem())
	case interface{ Elem() types.Type }: // pointer, slice, array, channel
		s.walk(place, t.Elem())
	case *types.Union:
		for term := range t.Terms() {
			s.walk(place, term.Type())
		}
	}
}

func (s *surface) member(place string, m *types.Func) {
	if m.Exported() {
		s.walk(place+"."+m.Name(), m.Type())
	}
}

func (s *surface) signature(place string, t *types.Signature) {
	for v := range t.Params().Variables() {
		s.walk(place, v.Type())
	}
	for v := range t.Results().Variables() {
		s.walk(place, v.Type())
	}
	for p := range t.TypeParams().TypeParams() {
		s.walk(place, p.Constraint())
	}
}

// compiled maps the packages of the module and those that they import to the compiler's description
// of what they export.
func compiled(t *testing.T) map[string]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Export", module+"/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	files := map[string]string{}
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var p struct{ ImportPath, Export string }
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return files
		} else if err != nil {
			t.Fatal(err)
		}
		files[p.ImportPath] = p.Export
	}
}

// What a public package exports can be named, made and kept by a program outside the module.
func TestPublicPackagesExposeNoInternalType(t *testing.T) {
	files := compiled(t)
	read := importer.ForCompiler(token.NewFileSet(), "gc",
		func(path string) (io.ReadCloser, error) { return os.Open(files[path]) })
	checked := 0
	for _, p := range list(t) {
		if isInternal(p.ImportPath) || p.Name == "main" {
			continue
		}
		pkg, err := read.Import(p.ImportPath)
		if err != nil {
			t.Fatal(err)
		}
		checked++
		for _, e := range exposed(pkg) {
			t.Errorf("%s: %s, which a program outside the module cannot name: use a public type, or plain numbers",
				p.rel(), e)
		}
	}
	if checked < 10 {
		t.Errorf("%d packages are public: want at least dino, distill, nets/vit, augment, eval, weights and "+
			"those beside them", checked)
	}
}

// sources is an importer of packages given as text.
type sources map[string]string

func (s sources) Import(path string) (*types.Package, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path+".go", s[path], 0)
	if err != nil {
		return nil, err
	}
	return (&types.Config{Importer: s}).Check(path, fset, []*ast.File{file}, nil)
}

// Each way of mentioning a type is found, and what nobody outside can reach is not.
func TestExposedCatches(t *testing.T) {
	for declaration, want := range map[string]string{
		"type T struct{ Norm layer.Norm }":                                              "T.Norm",
		"type T struct{ layer.Norm }":                                                   "T.Norm",
		"type T struct{ hidden }; type hidden struct{ Norm layer.Norm }":                "hidden.Norm",
		"type T layer.Norm; func F(T) layer.Norm { panic(0) }":                          "F",
		"type T = layer.Norm":                                                           "T",
		"type T []map[string]*layer.Norm":                                               "T",
		"type T func(chan layer.Norm)":                                                  "T",
		"type T interface{ M() layer.Norm }":                                            "T.M",
		"type T[P any] struct{ X P }; var V T[layer.Norm]":                              "V",
		"func F[P layer.Able](P) {}":                                                    "F",
		"func F(...layer.Norm) {}":                                                      "F",
		"type T int; func (*T) M(layer.Norm) {}":                                        "T.M",
		"func F() hidden { return 0 }; type hidden int; func (hidden) M(layer.Norm) {}": "hidden.M",
		"var V = layer.New()":                                                           "V",
		"const C = layer.Eps":                                                           "C",
		"type T struct{ norm layer.Norm }":                                              "",
		"type hidden struct{ Norm layer.Norm }; var v hidden":                           "",
		"type T int; func (T) m(layer.Norm) {}":                                         "",
		"func F() { _ = layer.New() }":                                                  "",
		"var V = float64(layer.Eps)":                                                    "",
		"type T struct{ Next *T }; func (T) M() T { panic(0) }; var _ layer.Able":       "",
	} {
		pkg, err := sources{
			module + "/internal/layer": "package layer; type Norm struct{}; func New() Norm { return Norm{} }; type " +
				"Able interface{ M() }; type eps float64; const Eps eps = 1",
			module + "/open": "package open; import \"" + module + "/internal/layer\"; var _ layer.Norm; " +
				declaration,
		}.Import(module + "/open")
		if err != nil {
			t.Fatalf("%s: %v", declaration, err)
		}
		got := exposed(pkg)
		found := slices.ContainsFunc(got,
			func(e string) bool { return strings.HasPrefix(e, want+" mentions internal/layer.") })
		if found != (want != "") || want == "" && len(got) > 0 {
			t.Errorf("%s: found %q, want %q", declaration, got, want)
		}
	}
}

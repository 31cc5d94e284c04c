package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
)

// Kinds of change.
const (
	kindComparison = "comparison" // < becomes <=, == becomes !=
	kindCondition  = "condition"  // a condition becomes its negation, && becomes ||
	kindArithmetic = "arithmetic" // + becomes -, << becomes >>, x++ becomes x--
	kindConstant   = "constant"   // a number is one more or one less
	kindFlag       = "flag"       // true becomes false
	kindCall       = "call"       // a function becomes its counterpart, or its argument
	kindRemoved    = "removed"    // a statement does not run
	kindError      = "error"      // an error that is returned becomes nil
)

// mutant is one change of one file: the bytes from start to end are replaced.
type mutant struct {
	source     *source
	kind       string
	start, end int
	with       string
	line       int
	function   string // where it is: "Type.Method", "function" or "package"
	change     string // "from → to", for people and for the list of equivalents
}

func (m mutant) String() string {
	return fmt.Sprintf("%s:%d %s: %s", m.source.name, m.line, m.function, m.change)
}

// text is the whole file with the change in it.
func (m mutant) text() []byte {
	text := append([]byte{}, m.source.text[:m.start]...)
	text = append(text, m.with...)
	return append(text, m.source.text[m.end:]...)
}

// mutants makes every mutant of a file.
func (s *source) mutants() ([]mutant, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, s.path, s.text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	c := &collector{source: s, set: set}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Body != nil {
				c.function = functionName(d)
				c.body(d.Type, d.Body)
			}
		case *ast.GenDecl:
			c.function = "package"
			if d.Tok != token.IMPORT && d.Tok != token.TYPE {
				ast.Inspect(d, c.visit(nil))
			}
		}
	}
	tellApart(c.found)
	return c.found, nil
}

// tellApart numbers the second and later mutants of a function that read the same, so that the list
// of equivalents can mean one of them.
func tellApart(mutants []mutant) {
	times := map[string]int{}
	for i := range mutants {
		m := &mutants[i]
		same := m.function + ": " + m.change
		if times[same]++; times[same] > 1 {
			m.change += fmt.Sprintf(" (%d)", times[same])
		}
	}
}

func functionName(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return d.Name.Name
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name + "." + d.Name.Name
		default:
			return d.Name.Name
		}
	}
}

// collector gathers the mutants of a file.
type collector struct {
	source   *source
	set      *token.FileSet
	function string
	above    []ast.Node // what the visited node is in, outermost first
	found    []mutant
}

func (c *collector) offset(p token.Pos) int { return c.set.Position(p).Offset }

func (c *collector) code(n ast.Node) string {
	return string(c.source.text[c.offset(n.Pos()):c.offset(n.End())])
}

// replace notes the mutant in which from becomes to; around is the code that a reader is shown.
func (c *collector) replace(kind string, from, end token.Pos, with string, around ast.Node) {
	m := mutant{
		source: c.source, kind: kind, start: c.offset(from), end: c.offset(end), with: with,
		line: c.set.Position(from).Line, function: c.function,
	}
	before := c.code(around)
	first := c.offset(around.Pos())
	after := before[:m.start-first] + with + before[m.end-first:]
	m.change = short(before) + " → " + short(after)
	if short(before) == short(after) { // the change is in the part that is cut
		m.change = short(before) + ": " + short(string(c.source.text[m.start:m.end])) + " → " + short(with)
	}
	c.found = append(c.found, m)
}

// body collects from a function's body; function literals inside have results of their own.
func (c *collector) body(t *ast.FuncType, body *ast.BlockStmt) { ast.Inspect(body, c.visit(t)) }

func (c *collector) visit(function *ast.FuncType) func(ast.Node) bool {
	return func(n ast.Node) bool {
		if n == nil {
			c.above = c.above[:len(c.above)-1]
			return true
		}
		switch n := n.(type) {
		case *ast.FuncLit:
			c.body(n.Type, n.Body)
			return false
		case *ast.ReturnStmt:
			c.returned(function, n)
		case *ast.BinaryExpr:
			c.binary(n)
		case *ast.IfStmt:
			c.condition(n.Cond)
		case *ast.ForStmt:
			if n.Cond != nil {
				c.condition(n.Cond)
			}
		case *ast.BasicLit:
			c.constant(n)
		case *ast.Ident:
			c.flag(n)
		case *ast.CallExpr:
			c.call(n)
		case *ast.BlockStmt:
			c.statements(n.List)
		case *ast.CaseClause:
			c.statements(n.Body)
		case *ast.CommClause:
			c.statements(n.Body)
		case *ast.IncDecStmt:
			c.replace(kindArithmetic, n.TokPos, n.TokPos+2,
				map[token.Token]string{token.INC: "--", token.DEC: "++"}[n.Tok], n)
		}
		c.above = append(c.above, n)
		return true
	}
}

// around is the code that n, a single word, is shown in: the largest of the nodes above that fits.
func (c *collector) around(n ast.Node) ast.Node {
	for _, a := range slices.Backward(c.above) {
		switch a.(type) {
		case ast.Expr, *ast.ReturnStmt, *ast.AssignStmt, *ast.ValueSpec:
		default:
			return n
		}
		if code := c.code(a); short(code) != code {
			return n
		}
		n = a
	}
	return n
}

var operators = map[token.Token]struct{ kind, with string }{
	token.LSS: {kindComparison, "<="}, token.LEQ: {kindComparison, "<"}, token.GTR: {kindComparison, ">="},
	token.GEQ: {kindComparison, ">"},
	token.EQL: {kindComparison, "!="}, token.NEQ: {kindComparison, "=="}, token.LAND: {kindCondition, "||"},
	token.LOR: {kindCondition, "&&"},
	token.ADD: {kindArithmetic, "-"}, token.SUB: {kindArithmetic, "+"}, token.MUL: {kindArithmetic, "/"},
	token.QUO: {kindArithmetic, "*"},
	token.REM: {kindArithmetic, "/"}, token.SHL: {kindArithmetic, ">>"}, token.SHR: {kindArithmetic, "<<"},
	token.AND: {kindArithmetic, "|"},
	token.OR:  {kindArithmetic, "&"}, token.XOR: {kindArithmetic, "&"}, token.AND_NOT: {kindArithmetic, "&"},
}

func (c *collector) binary(n *ast.BinaryExpr) {
	if o, ok := operators[n.Op]; ok && !isString(n.X) && !isString(n.Y) {
		c.replace(o.kind, n.OpPos, n.OpPos+token.Pos(len(n.Op.String())), o.with, n)
	}
}

// isString tells texts, of which nothing can be taken away, as far as the syntax shows.
func isString(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.STRING
	case *ast.BinaryExpr:
		return e.Op == token.ADD && (isString(e.X) || isString(e.Y))
	}
	return false
}

// condition negates a condition, unless it is one comparison, whose operator is changed already.
func (c *collector) condition(e ast.Expr) {
	if b, ok := e.(*ast.BinaryExpr); ok && (b.Op == token.EQL || b.Op == token.NEQ) {
		return
	}
	c.replace(kindCondition, e.Pos(), e.End(), "!("+c.code(e)+")", e)
}

func (c *collector) constant(n *ast.BasicLit) {
	switch n.Kind {
	case token.INT:
		if v, err := strconv.ParseInt(n.Value, 0, 64); err == nil {
			c.replace(kindConstant, n.Pos(), n.End(), strconv.FormatInt(v+1, 10), c.around(n))
			c.replace(kindConstant, n.Pos(), n.End(), strconv.FormatInt(v-1, 10), c.around(n))
		}
	case token.FLOAT:
		c.replace(kindConstant, n.Pos(), n.End(), "("+n.Value+" + 1)", c.around(n))
		c.replace(kindConstant, n.Pos(), n.End(), "("+n.Value+" * 1.5)", c.around(n))
	}
}

func (c *collector) flag(n *ast.Ident) {
	if with := map[string]string{"true": "false", "false": "true"}[n.Name]; with != "" {
		c.replace(kindFlag, n.Pos(), n.End(), with, c.around(n))
	}
}

// counterparts are functions of which one is written where the other is meant; the first three are
// of the language, package math and package slices, the others operations of graphs.
var counterparts = map[string]string{
	"min": "max", "Min": "Max", "Floor": "Ceil",
	"Add": "Sub", "Mul": "Div", "MulScalar": "DivScalar", "AddScalar": "SubScalar", "ReduceSum": "ReduceMean",
	"ReduceAllSum": "ReduceAllMean",
	"ReduceMax":    "ReduceMin", "ScalarZero": "ScalarOne", "ZerosLike": "OnesLike", "LogicalAnd": "LogicalOr",
	"GreaterThan":    "LessThan",
	"GreaterOrEqual": "LessOrEqual", "Equal": "NotEqual", "Softmax": "LogSoftmax", "HasPrefix": "HasSuffix",
	"TrimPrefix": "TrimSuffix",
}

func init() {
	for from, to := range counterparts {
		counterparts[to] = from
	}
}

// wrappers are functions whose result often has the type of their argument.
var wrappers = map[string]bool{
	"StopGradient": true, "Neg": true, "Abs": true, "Sqrt": true, "Square": true, "Exp": true, "Log": true,
	"OneMinus": true, "Float32": true, "L2Norm": true,
	"GELU": true, "Clone": true, "Clean": true, "ToLower": true, "TrimSpace": true, "Round": true, "Floor": true,
	"Ceil": true, "ConvertDType": true,
}

func (c *collector) call(n *ast.CallExpr) {
	var name *ast.Ident
	switch f := n.Fun.(type) {
	case *ast.Ident:
		name = f
	case *ast.SelectorExpr:
		name = f.Sel
	default:
		return
	}
	if with := counterparts[name.Name]; with != "" {
		c.replace(kindCall, name.Pos(), name.End(), with, n)
	}
	if wrappers[name.Name] && len(n.Args) > 0 {
		c.replace(kindCall, n.Pos(), n.End(), c.code(n.Args[0]), n)
	}
}

// statements takes out each statement that calls, assigns or leaves. It stays in code that does not
// run, so that what it uses is used.
func (c *collector) statements(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.ExprStmt, *ast.DeferStmt, *ast.GoStmt, *ast.SendStmt:
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE {
				continue
			}
		case *ast.BranchStmt:
			if s.Tok != token.CONTINUE && s.Tok != token.BREAK || s.Label != nil {
				continue
			}
		default:
			continue
		}
		c.remove(s)
	}
}

func (c *collector) remove(s ast.Stmt) {
	c.replace(kindRemoved, s.Pos(), s.End(), "if false { "+c.code(s)+" }", s)
	last := &c.found[len(c.found)-1]
	last.change = short(c.code(s)) + " → (removed)"
}

// returned makes the last result nil where it is an error.
func (c *collector) returned(function *ast.FuncType, n *ast.ReturnStmt) {
	if function == nil || function.Results == nil || len(n.Results) == 0 {
		return
	}
	results := function.Results.List
	last := n.Results[len(n.Results)-1]
	if t, ok := results[len(results)-1].Type.(*ast.Ident); !ok || t.Name != "error" ||
		len(n.Results) != function.Results.NumFields() {
		return
	}
	if v, ok := last.(*ast.Ident); ok && v.Name == "nil" {
		return
	}
	// The error is still made where it has an effect, and what it uses is used.
	c.replace(kindError, last.Pos(), last.End(), "func() error { _ = error("+c.code(last)+"); return nil }()", n)
	m := &c.found[len(c.found)-1]
	m.change = short(c.code(n)) + " → the error is nil"
}

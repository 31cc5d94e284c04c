package evaluation

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/cli/encoder"
	"github.com/dino-go/dino/internal/output/embeddings"
	"github.com/dino-go/dino/internal/usage"

	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/regularfile"
	"github.com/dino-go/dino/internal/terminal"
)

// retrievalOptions are the flags of `dino eval retrieval`.
type retrievalOptions struct {
	common
	Data, Database, Queries, Truth string
	K                              []int
}

func newRetrieval() *cobra.Command {
	o := retrievalOptions{common: common{Options: encoder.Default()}, K: eval.DefaultRetrieval().K}
	cmd := &cobra.Command{
		Use:   "retrieval --weights W --database DIR --queries DIR",
		Short: "Search a database of images for those that answer a query",
		Long: `Search a database of images for those that answer a query, by cosine similarity: mean
average precision, precision and recall at k.

Images of a query's class answer it; with --data each image searches all the others. With
--truth the answers are those of a key like those of the revisited Oxford and Paris
benchmarks, as JSON, and the scores are those of its protocols medium and hard. Convert
the key that they publish with

  python3 -c 'import json, pickle, sys; json.dump(pickle.load(open(sys.argv[1], "rb")),
    sys.stdout, default=lambda a: a.tolist())' gnd_roxford5k.pkl > gnd.json`,
		Example: `  dino eval retrieval --weights run --data photos
  dino eval retrieval --weights run --database jpg --queries jpg --truth gnd.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runRetrieval(cmd.Context(), progress.For(cmd, o.Quiet, o.JSON), o)
		},
	}
	f := cmd.Flags()
	o.common.register(f)
	f.StringVar(&o.Data, "data", "", "folder of images or file of embeddings: each image searches all the others")
	f.StringVar(&o.Database, "database", "", "the same: what is searched")
	f.StringVar(&o.Queries, "queries", "", "the same: what is searched for")
	f.StringVar(&o.Truth, "truth", "", "JSON file with the answers (default: the images of a query's class)")
	f.IntSliceVar(&o.K, "k", o.K, "lengths of the answer for precision and recall")
	return cmd
}

func (o retrievalOptions) validate() error {
	switch {
	case (o.Data == "") == (o.Database == "" && o.Queries == "") || (o.Database == "") != (o.Queries == ""):
		return usage.Errorf("eval retrieval: give --database and --queries, or --data alone")
	case o.Data != "" && o.Truth != "":
		return usage.Errorf("eval retrieval: --truth needs --database and --queries; they may be one folder")
	}
	return nil
}

// search is a database, queries, and what answers them by each protocol.
type search struct {
	database, queries eval.Matrix
	protocols         []protocol
}

type protocol struct {
	name  string
	truth []eval.Relevance
}

func runRetrieval(ctx context.Context, printer *progress.Printer, o retrievalOptions) error {
	if err := o.validate(); err != nil {
		return err
	}
	in, err := newInput(printer, "retrieval", o.common, o.Data, o.Database, o.Queries)
	if err != nil {
		return err
	}
	s, err := in.search(ctx, o)
	if err != nil {
		return err
	}
	var text terminal.Builder
	text.Printf("%d queries, %d images in the database\n", s.queries.Rows, s.database.Rows)
	scores := progress.Fields{}
	for i, p := range s.protocols {
		score, err := eval.Retrieval{K: o.K}.Score(ctx, s.database, s.queries, p.truth)
		if err != nil {
			return usage.Wrap(fmt.Errorf("%s: %w", p.name, err))
		}
		scores[p.name] = score
		text.Printf("%s%s: mAP %.2f %%", terminal.Text(unless(i == 0, "\n")), p.name, 100*score.MeanAP)
		for j, k := range score.K {
			text.Printf(", precision@%d %.2f %%, recall@%d %.2f %%", k, 100*score.Precision[j], k, 100*score.Recall[j])
		}
		if score.Skipped > 0 {
			text.Printf(" (%d queries have no answer and do not count)", score.Skipped)
		}
	}
	in.done(progress.Fields{
		"queries": s.queries.Rows, "database": s.database.Rows, "columns": s.database.Cols,
		"scores": scores,
	}, text.Text())
	return nil
}

func (in *input) search(ctx context.Context, o retrievalOptions) (search, error) {
	if o.Data != "" {
		data, err := in.open(ctx, "data", o.Data)
		if err != nil {
			return search{}, err
		}
		if _, _, err := in.answerable(data.Table, data.Table); err != nil {
			return search{}, err
		}
		if err := in.ready(data); err != nil {
			return search{}, err
		}
		table, err := in.load(ctx, data)
		if err != nil {
			return search{}, err
		}
		return in.byClass(table, table, true)
	}
	database, err := in.open(ctx, "database", o.Database)
	if err != nil {
		return search{}, err
	}
	queries, err := in.open(ctx, "queries", o.Queries)
	if err != nil {
		return search{}, err
	}
	answer := func(database, queries *embeddings.Table) (search, error) { return in.byClass(database, queries, false) }
	if o.Truth == "" {
		_, _, err = in.answerable(database.Table, queries.Table)
	} else {
		answer = func(d, q *embeddings.Table) (search, error) { return byKey(d, q, o.Truth) }
		_, err = byKey(database.Table, queries.Table, o.Truth)
	}
	if err == nil {
		err = in.ready(database, queries)
	}
	if err != nil {
		return search{}, err
	}
	tables, err := in.loadAll(ctx, database, queries)
	if err != nil {
		return search{}, err
	}
	return answer(tables[0], tables[1])
}

// answerable numbers the classes of database and queries; some query must have a class of the
// database.
func (in *input) answerable(database, queries *embeddings.Table) (ofDatabase, ofQueries []int, err error) {
	ofDatabase, classes, err := database.Classes(nil)
	if err != nil {
		return nil, nil, usage.Errorf("eval retrieval: %w; or give the answers with --truth", err)
	}
	if ofQueries, _, err = queries.Classes(classes); err != nil {
		return nil, nil, usage.Errorf("eval retrieval: %w; or give the answers with --truth", err)
	}
	if slices.Min(ofQueries) >= len(classes) {
		return nil, nil, usage.Errorf("eval retrieval: no query is of a class of the database, whose first is %q; or "+
			"give the answers with --truth", classes[0])
	}
	return ofDatabase, ofQueries, nil
}

// byClass makes the images of a query's class its answers.
func (in *input) byClass(database, queries *embeddings.Table, same bool) (search, error) {
	d, q := eval.Features{Matrix: database.Features}, eval.Features{Matrix: queries.Features}
	var err error
	if d.Labels, q.Labels, err = in.answerable(database, queries); err != nil {
		return search{}, err
	}
	truth, err := eval.RelevanceByClass(d, q, same)
	return search{d.Matrix, q.Matrix, []protocol{{"class", truth}}}, usage.Wrap(err)
}

// byKey takes the images that an answer key names, in its order, and its answers.
func byKey(database, queries *embeddings.Table, file string) (s search, err error) {
	opened, err := regularfile.Open(file)
	if err != nil {
		return s, usage.Wrap(err)
	}
	defer opened.Close()
	key, err := eval.ReadGroundTruth(opened)
	if err != nil {
		return s, usage.Errorf("%s: %w", file, err)
	}
	if s.database, err = named(database, key.Database); err != nil {
		return s, usage.Errorf("eval retrieval: --database: %w", err)
	}
	if s.queries, err = named(queries, key.Queries); err != nil {
		return s, usage.Errorf("eval retrieval: --queries: %w", err)
	}
	for _, difficulty := range []eval.Difficulty{eval.Medium, eval.Hard} {
		truth, err := key.Relevance(difficulty)
		if err != nil {
			return s, usage.Wrap(err)
		}
		s.protocols = append(s.protocols, protocol{string(difficulty), truth})
	}
	return s, nil
}

// stem is the name of a file without folder and extension.
func stem(file string) string {
	base := path.Base(file)
	return strings.TrimSuffix(base, path.Ext(base))
}

// named returns the rows of images by their names, in the order of the names.
func named(table *embeddings.Table, names []string) (eval.Matrix, error) {
	rows := map[string]int{}
	for i, row := range table.Rows {
		rows[stem(row.Path)] = i
	}
	out := eval.NewMatrix(len(names), table.Features.Cols)
	for i, name := range names {
		row, ok := rows[name]
		if !ok {
			return out, fmt.Errorf("there is no image %q, which the answer key names", name)
		}
		copy(out.Row(i), table.Features.Row(row))
	}
	return out, nil
}

// Command learn measures what a recipe learns on folders of images within a time: a row for every
// folder, time and seed, with the k-NN accuracy of the trained network while it trains, beside raw
// pixels and the untrained network at the same size of crops, and at the end a logistic regression
// and RankMe. It prints a table in Markdown.
//
//	go run ./bench/learn -data photos                              # the preset auto, 20 minutes, seed 0
//	go run ./bench/learn -data photos -time 1h -seeds 0,1,2        # the headline rows
//	go run ./bench/learn -data photos -variants 300,grey,copies    # what is made from the folder
//	go run ./bench/learn -data photos -config r.yaml -time ''      # another recipe, for its own epochs
//
// A row that was measured stays in the folder -out, and is read there.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "learn:", err)
		os.Exit(1)
	}
}

// options say which rows are measured: every folder in every variant, at every time, with every
// seed.
type options struct {
	program  string // dino
	out      string // folder of the runs
	data     []string
	variants []string
	times    []string
	seeds    []string
	recipe   []string // flags of dino pretrain
}

// texts is a flag that may be given several times.
type texts []string

func (t *texts) String() string { return strings.Join(*t, " ") }

func (t *texts) Set(text string) error {
	*t = append(*t, text)
	return nil
}

func parse(args []string) (options, error) {
	flags := flag.NewFlagSet("learn", flag.ContinueOnError)
	var o options
	var set texts
	flags.StringVar(&o.program, "dino", "bin/dino", "the program")
	flags.StringVar(&o.out, "out", "learn", "folder of the runs, and of the folders that are made for them")
	data := flags.String("data", "", "folders of images in class folders, by commas")
	variants := flags.String("variants", All, "what is made from each of them, by commas: "+
		strings.Join(variantNames, ", ")+
		", or a number of images")
	times := flags.String("time", "20m", "how long each run may take, by commas; empty: the epochs of the recipe")
	seeds := flags.String("seeds", "0", "seeds, by commas")
	config := flags.String("config", "", "a YAML file of another recipe than the preset auto")
	flags.Var(&set, "set", "an option of the recipe, as dino pretrain --set takes it; repeatable")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if *data == "" {
		return o, fmt.Errorf("-data is missing: name folders of images in class folders")
	}
	o.data, o.variants = strings.Split(*data, ","), strings.Split(*variants, ",")
	o.times, o.seeds = strings.Split(*times, ","), strings.Split(*seeds, ",")
	for _, seed := range o.seeds {
		if _, err := strconv.ParseUint(seed, 10, 64); err != nil {
			return o, fmt.Errorf("-seeds: %q is no seed", seed)
		}
	}
	if *config != "" {
		o.recipe = append(o.recipe, "--config", *config)
	}
	for _, setting := range set {
		o.recipe = append(o.recipe, "--set", setting)
	}
	var err error
	o.program, err = filepath.Abs(o.program)
	return o, err
}

// run measures the rows, one after the other, and prints each when it is there.
func run(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	fmt.Println(heading)
	for _, data := range o.data {
		for _, variant := range o.variants {
			folder, name, err := prepare(data, variant, o.out)
			if err != nil {
				return err
			}
			for _, time := range o.times {
				var rows []row
				for _, seed := range o.seeds {
					r, err := o.measure(ctx, folder, name, time, seed)
					if err != nil {
						return err
					}
					fmt.Println(r)
					rows = append(rows, r)
				}
				if len(rows) > 1 {
					fmt.Println(mean(rows))
				}
			}
		}
	}
	return nil
}

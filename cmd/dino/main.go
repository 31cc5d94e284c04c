// Command dino pretrains vision transformers without labels, and shows and uses what they learned.
package main

import (
	"os"

	"github.com/dino-go/dino/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) }

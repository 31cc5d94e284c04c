package cli

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/output/embeddings"
	"github.com/dino-go/dino/internal/output/labelpng"
	"github.com/dino-go/dino/internal/run/runlog"

	"github.com/dino-go/dino/internal/testkit/weightstest"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
	"github.com/dino-go/dino/weights/onnx"
)

// secrets are files that hold "zqxj" or 0x7a71 where a reader will stumble over it: whole files of
// passwords, and what is near enough to each format that it is read beyond its first bytes.
func secrets() map[string]string {
	header := func(json string) string {
		return string(binary.LittleEndian.AppendUint64(nil, uint64(len(json)))) + json
	}
	return map[string]string{
		"passwords": "zqxj:x:0:0:zqxj:/root:/bin/sh\nzqxj:x:1\n",
		"one word":  "zqxj",
		"quoted":    `"zqxj"`,
		"object":    `{"zqxj": zqxj}`,
		"list":      `["zqxj"]`,
		"cut off":   `{"weight_map": "zqxj`,
		"index":     `{"weight_map": ["zqxj"]}`,
		"hub": `{"num_attention_heads": "zqxj", "image_mean": "zqxj", ` +
			`"size": "zqxj", "crop_size": ["zqxj"]}`,
		"hub size":       `{"size": "zqxj"}`,
		"run":            "model:\n  vit: zqxj\naugment: [zqxj]\n",
		"yaml":           "model: {center_momentum: zqxj}\n",
		"truth":          `{"imlist": "zqxj"}`,
		"csv":            "zqxj,zqxj,zqxj,zqxj\n",
		"csv side":       "path,label,width,height,e0\na,b,zqxj,3,1\n",
		"csv number":     "path,label,width,height,e0\na,b,2,3,zqxj\n",
		"csv quotes":     "path,label,width,height,e0\na,\"zq\"xj,2,3,1\n",
		"jsonl":          `{"path": 1, "embedding": "zqxj"}` + "\n",
		"jsonl number":   `{"width": "zqxj"}` + "\n",
		"npy":            "\x93NUMPY\x01\x00\x06\x00zqxj\n ",
		"parquet":        "PAR1zqxjzqxjPAR1",
		"gif":            "GIF89a\x01\x00\x01\x00\x00\x00\x00zqxj",
		"gif extension":  "GIF89a\x01\x00\x01\x00\x00\x00\x00!zqxj",
		"jpeg":           "\xff\xd8\xff\xe0zqxjzqxjzqxj",
		"png":            "\x89PNG\r\n\x1a\nzqxjzqxjzqxjzqxj",
		"webp":           "RIFFzqxjWEBPVP8 zqxjzqxj",
		"bmp":            "BMzqxj\x00\x00\x00\x00zqxjzqxjzqxj",
		"tiff":           "II\x2a\x00\x08\x00\x00\x00zqxjzqxjzqxj",
		"safetensors":    header(`{"__metadata__": {"a": {"zqxj": 1}}}`),
		"metadata":       header(`{"__metadata__": ["zqxj"]}`),
		"type":           header(`{"a": {"dtype": ["zqxj"]}}`),
		"shape":          header(`{"a": {"shape": ["zqxj"]}}`),
		"tensor":         header(`{"a": "zqxj"}`),
		"header":         header(`{"a": zqxj}`),
		"after tensors":  header(`{} zqxj`),
		"pickle":         "\x80\x02zqxj",
		"pickle text":    "\x80\x02X\x04\x00\x00\x00zqxj.",
		"vit":            header(`{"__metadata__": {"dino.vit": "{\"depth\": \"zqxj\"}"}}`),
		"preprocessing":  header(`{"__metadata__": {"dino.preprocessing": "zqxj"}}`),
		"state":          `{"schema": "zqxj"}`,
		"metrics":        `{"step": "zqxj", "epoch": 1}` + "\n" + `{"step": 1}` + "\n",
		"metrics number": `{"step": 0, "epoch": 0, "loss": "zqxj"}` + "\n" + `{"step": 1}` + "\n",
	}
}

// readers are all that reads files of strangers: by path, under the names that they are read by.
func readers(t *testing.T) map[string]func(path string) error {
	inspect := func(path string) error { _, err := layout.Inspect(path, layout.Options{}); return err }
	// beside puts the file next to good weights, in a folder.
	beside := func(name string, names ...string) func(string) error {
		return func(path string) error {
			dir := t.TempDir()
			good := weightstest.Random(t, dir)
			if err := os.Rename(good, filepath.Join(dir, name)); err != nil {
				return err
			}
			for _, n := range names {
				if err := os.Symlink(path, filepath.Join(dir, n)); err != nil {
					return err
				}
			}
			_, err := layout.Open(dir, layout.Options{})
			return err
		}
	}
	// within puts the text into the metadata of good weights.
	within := func(key string) func(string) error {
		return func(path string) error {
			good, err := weights.Open(weightstest.Random(t, t.TempDir()))
			if err != nil {
				return err
			}
			defer good.Close()
			tensors, err := good.Tensors()
			text, readErr := os.ReadFile(path)
			if err := errors.Join(err, readErr); err != nil {
				return err
			}
			bad := filepath.Join(t.TempDir(), "w.safetensors")
			if err := weights.Write(bad, tensors, map[string]string{key: string(text)}); err != nil {
				return err
			}
			_, err = layout.Open(bad, layout.Options{})
			return err
		}
	}
	named := func(name string, read func(string) error) func(string) error {
		return func(path string) error {
			link := filepath.Join(t.TempDir(), name)
			if err := os.Symlink(path, link); err != nil {
				return err
			}
			return read(link)
		}
	}
	embedding := func(path string) error { _, err := embeddings.Read(path); return err }
	all := map[string]func(string) error{
		"image":      func(path string) error { _, err := imageio.DecodeFile(path, imageio.Limits{}); return err },
		"map":        func(path string) error { _, err := labelpng.Read(path); return err },
		"weights":    inspect,
		"shards":     named("model.safetensors.index.json", inspect),
		"hub":        beside("model.safetensors", "config.json", "preprocessor_config.json"),
		"hub images": beside("model.safetensors", "preprocessor_config.json"),
		"run":        beside("teacher.safetensors", "config.yaml"),
		"onnx":       func(path string) error { _, err := onnx.Read(path); return err },
		"checkpoints": named("step-00000001.json", func(path string) error {
			_, warnings, err := checkpoint.Latest(filepath.Dir(path))
			return fmt.Errorf("%w: %v", err, warnings)
		}),
		"vit":           within(layout.MetadataNetwork("vit")),
		"preprocessing": within(layout.MetadataPreprocessing),
		"metrics":       func(path string) error { _, err := runlog.ReadMetrics(path, measurements); return err },
		"truth": func(path string) error {
			f, err := os.Open(path)
			if err == nil {
				defer f.Close()
				_, err = eval.ReadGroundTruth(f)
			}
			return err
		},
	}
	for _, extension := range embeddings.Extensions() {
		all["features"+extension] = named("f"+extension, embedding)
	}
	return all
}

// asNumbers are the first bytes of a text as numbers that a reader of binary files may take them
// for.
func asNumbers(text string) []string {
	first := make([]byte, 8)
	copy(first, text)
	var all []string
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, n := range []uint64{order.Uint64(first), uint64(order.Uint32(first))} {
			if n > 1<<20 { // smaller ones are lengths
				all = append(all, fmt.Sprint(n))
			}
		}
	}
	return all
}

// No error quotes what a file holds: it may be a link to one that holds secrets. Whoever writes a
// reader adds it here.
func TestNoErrorQuotesContent(t *testing.T) {
	refused := map[string]int{}
	leaks := append([]string{"zq", "'z'", "qx", `"z"`, "0x7a", "root", "7a71"}, asNumbers("zqxj")...)
	for kind, read := range readers(t) {
		for what, text := range secrets() {
			path := filepath.Join(t.TempDir(), "file")
			mustWrite(t, path, text)
			err := read(path)
			if err == nil {
				continue
			}
			refused[kind]++
			for _, leak := range append(asNumbers(text), leaks...) {
				if strings.Contains(strings.ReplaceAll(fmt.Sprintf("%+v", err), path, ""), leak) {
					t.Errorf("%s, %s: the error quotes the file: %v", kind, what, err)
					break
				}
			}
		}
	}
	for kind := range readers(t) {
		if refused[kind] < 3 {
			t.Errorf("%s: %d of the files were refused: is it read at all?", kind, refused[kind])
		}
	}
}

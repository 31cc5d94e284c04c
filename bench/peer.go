package main

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

//go:embed peer/peer.py
var peerProgram string

// peer is a Python process that does the same work in PyTorch, one request at a time.
type peer struct {
	Versions struct {
		Python, Torch, Timm, Instructions string
		Threads                           int
	}
	cmd     *exec.Cmd
	in      io.WriteCloser
	replies *bufio.Scanner
}

// capped are the settings that keep PyTorch and the libraries below it to the instruction set that
// DINO_CPU names.
var capped = map[string][]string{
	"portable": {"ATEN_CPU_CAPABILITY=default", "ONEDNN_MAX_CPU_ISA=SSE41", "MKL_ENABLE_INSTRUCTIONS=SSE4_2"},
	"avx2":     {"ATEN_CPU_CAPABILITY=avx2", "ONEDNN_MAX_CPU_ISA=AVX2", "MKL_ENABLE_INSTRUCTIONS=AVX2"},
	"avx512":   {"ONEDNN_MAX_CPU_ISA=AVX512_CORE", "MKL_ENABLE_INSTRUCTIONS=AVX512"},
}

// startPeer starts the Python that DINO_TEST_PYTHON names.
func startPeer(python string, threads int, instructions string) (*peer, error) {
	cmd := exec.Command(python, "-c", peerProgram, fmt.Sprint(threads))
	cmd.Env = append(os.Environ(), fmt.Sprintf("OMP_NUM_THREADS=%d", threads), "PYTHONUNBUFFERED=1")
	cmd.Env = append(cmd.Env, capped[instructions]...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("the peer does not start: %w", err)
	}
	p := &peer{cmd: cmd, in: in, replies: bufio.NewScanner(out)}
	if err := p.receive(&p.Versions); err != nil {
		return nil, fmt.Errorf("%s: %w: it needs the packages of tools/python/requirements.txt", python, err)
	}
	return p, nil
}

// prepare builds a piece of work on the peer's side and lets go of the one before.
func (p *peer) prepare(name string) error {
	return p.ask(map[string]string{"prepare": name}, &struct{}{})
}

// run does the prepared work once.
func (p *peer) run(name string) (time.Duration, error) {
	var reply struct{ Seconds float64 }
	err := p.ask(map[string]string{"run": name}, &reply)
	return time.Duration(reply.Seconds * float64(time.Second)), err
}

func (p *peer) ask(request map[string]string, reply any) error {
	if err := json.NewEncoder(p.in).Encode(request); err != nil {
		return fmt.Errorf("the peer has gone: %w", err)
	}
	return p.receive(reply)
}

func (p *peer) receive(reply any) error {
	if !p.replies.Scan() {
		return fmt.Errorf("the peer ended without a reply")
	}
	line := p.replies.Bytes()
	var failed struct{ Error string }
	if err := json.Unmarshal(line, &failed); err != nil {
		return fmt.Errorf("the peer answers %q: %w", line, err)
	}
	if failed.Error != "" {
		return fmt.Errorf("the peer: %s", failed.Error)
	}
	return json.Unmarshal(line, reply)
}

func (p *peer) close() error {
	p.in.Close()
	return p.cmd.Wait()
}

func (p *peer) String() string {
	v := p.Versions
	return fmt.Sprintf("PyTorch %s with timm %s, Python %s, %s, %d threads", v.Torch, v.Timm, v.Python,
		strings.ToLower(v.Instructions), v.Threads)
}

//go:build foreign

// Package foreign tries Alleviate's client on servers that others wrote, from npm: Intake's own
// simulator may share a misunderstanding with the client, these cannot.
package foreign

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
)

// servers are where server.mjs listens and the credentials that its token server made up.
var servers struct {
	ClientID, Secret  string
	Token, Revocation string
	APIs              map[string]string // by the server's name
}

func TestMain(m *testing.M) {
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	node, err := exec.LookPath("node")
	if err != nil {
		fmt.Fprintln(os.Stderr, "These tests need Node 20 or later with npm; please install it.")
		return 1
	}
	stop, err := serve(node)
	if err != nil {
		fmt.Fprintf(os.Stderr, "The foreign servers did not start; make foreign installs what they need: %v\n", err)
		return 1
	}
	defer stop()
	return m.Run()
}

// serve starts server.mjs and waits for its addresses. It ends when its standard input does: by
// stop, or with this process, however that ends.
func serve(node string) (stop func(), err error) {
	cmd := exec.Command(node, "server.mjs")
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	in, inErr := cmd.StdinPipe()
	out, outErr := cmd.StdoutPipe()
	if inErr != nil || outErr != nil {
		return nil, fmt.Errorf("open pipes: %w, %w", inErr, outErr)
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop = func() {
		_ = in.Close() // it fails only when the server has ended
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait() // how it ended is nobody's concern
	}
	if err := json.NewDecoder(out).Decode(&servers); err != nil {
		stop()
		return nil, fmt.Errorf("read the addresses: %w\n%s", err, &complaints)
	}
	return stop, nil
}

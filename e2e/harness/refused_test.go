package harness

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// refusal is a request that must be refused cheaply: its first line, and what follows the Host header.
type refusal struct {
	name, line string
	rest       []byte
	want       int
}

const aForm = "POST /apply/you HTTP/1.1\r\n"

var refused = []refusal{
	{"64-KiB-and-a-byte", aForm, headed("", big), 413},
	{"100-MiB-announced", aForm, []byte("Content-Type: " + formType + "\r\nContent-Length: 104857600\r\n\r\n" + big), 413},
	{"chunked", aForm, fmt.Appendf(nil, "Content-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", formType, len(big), big), 400},
	{"10000-keys", aForm, headed("", manyKeys(10_000)), 400},
	{"gzip", aForm, headed("Content-Encoding: gzip\r\n", "\x1f\x8b\x08\x00"), 415},
	{"huge-header", "GET / HTTP/1.1\r\n", []byte("X: " + strings.Repeat("a", 1<<20) + "\r\n\r\n"), 431},
	{"1000-long-cookies", "GET / HTTP/1.1\r\n", []byte("Cookie: " + strings.Repeat("__Host-other=abcdefghijklmnopqrst; ", 1_000) + "\r\n\r\n"), 431},
	{"1000-short-cookies", "GET / HTTP/1.1\r\n", []byte("Cookie: " + strings.Repeat("__Host-other=x; ", 1_000) + "\r\n\r\n"), 200}, // within 16 KiB, and served
}

var big = "firstName=" + strings.Repeat("a", 64<<10-9)

func headed(header, body string) []byte {
	return fmt.Appendf(nil, "Content-Type: %s\r\n%sContent-Length: %d\r\n\r\n%s", formType, header, len(body), body)
}

func manyKeys(n int) string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = strconv.FormatInt(int64(i), 36) + "="
	}
	return strings.Join(keys, "&")
}

// send sends the request on a new connection and checks the status of the answer.
func (r refusal) send(addr string) error {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = io.WriteString(c, r.line+"Host: "+addr+"\r\n") // it may be refused before all of it is sent
		_, _ = c.Write(r.rest)
	}()
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	if err == nil && answer.StatusCode != r.want {
		err = fmt.Errorf("%s was answered %d, want %d", r.name, answer.StatusCode, r.want)
	}
	_ = c.Close() // stops the sender
	<-sent
	return err
}

// BenchmarkRefused sends 5,000 requests of each kind, each on its own connection and few at once, so that the
// answer is measured and not a queue. The aim is an answer in 50 ms, and memory that does not grow.
func BenchmarkRefused(b *testing.B) {
	const atOnce, atATime = 8, 5_000
	for _, r := range refused {
		b.Run(r.name, func(b *testing.B) {
			p := newInstallation(b, startSimulator(b), "INTAKE_LOG=error").serve(b)
			sendMany(b, r, p, atOnce, atATime)
			before := memory(b, p, "VmRSS")
			var took []time.Duration
			for b.Loop() {
				took = append(took, sendMany(b, r, p, atOnce, atATime)...)
			}
			slices.Sort(took)
			b.ReportMetric(float64(len(took)), "requests")
			b.ReportMetric(took[len(took)/2].Seconds()*1e3, "p50-ms")
			b.ReportMetric(took[len(took)*99/100].Seconds()*1e3, "p99-ms")
			b.ReportMetric(float64(before>>20), "before-MB")
			b.ReportMetric(float64(memory(b, p, "VmRSS")>>20), "after-MB")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// sendMany returns how long each of n answers took, from the dial to the last byte.
func sendMany(b *testing.B, r refusal, p *process, atOnce, n int) []time.Duration {
	b.Helper()
	took, failed := make([]time.Duration, n), make([]error, atOnce)
	var all sync.WaitGroup
	for c := range atOnce {
		all.Go(func() {
			for i := c; i < n; i += atOnce {
				started := time.Now()
				if failed[c] = r.send(p.addr); failed[c] != nil {
					return
				}
				took[i] = time.Since(started)
			}
		})
	}
	all.Wait()
	for _, err := range failed {
		must(b, err)
	}
	return took
}

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

// refusal is a request that is to cost nobody anything: its first line, and what comes behind its Host.
type refusal struct {
	story, line string
	rest        []byte
	want        int
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

// send makes the request on a connection of its own, and wants its answer.
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
		_, _ = io.WriteString(c, r.line+"Host: "+addr+"\r\n") // it may be refused before its end
		_, _ = c.Write(r.rest)
	}()
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return fmt.Errorf("%s: %w", r.story, err)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	if err == nil && answer.StatusCode != r.want {
		err = fmt.Errorf("%s was answered %d, want %d", r.story, answer.StatusCode, r.want)
	}
	_ = c.Close() // what is still to be sent is not
	<-sent
	return err
}

// BenchmarkRefused is each kind of request that is to cost nothing, 5,000 at a time over as many
// connections, few of them at once: what counts is the answer and not the queue before it. The aim is
// an answer in 50 ms, and memory that stays as it is.
func BenchmarkRefused(b *testing.B) {
	const atOnce, atATime = 8, 5_000
	for _, r := range refused {
		b.Run(r.story, func(b *testing.B) {
			p := newInstallation(b, startTwin(b), "INTAKE_LOG=error").serve(b)
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

// sendMany is how long each of n answers took, from the dial to the last byte.
func sendMany(b *testing.B, r refusal, p *process, atOnce, n int) []time.Duration {
	b.Helper()
	took, failed := make([]time.Duration, n), make([]error, atOnce)
	var all sync.WaitGroup
	for c := range atOnce {
		all.Go(func() {
			for i := c; i < n; i += atOnce {
				begun := time.Now()
				if failed[c] = r.send(p.addr); failed[c] != nil {
					return
				}
				took[i] = time.Since(begun)
			}
		})
	}
	all.Wait()
	for _, err := range failed {
		must(b, err)
	}
	return took
}

package wire

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
)

// ErrTooLong is the error of an answer that is longer than its limit.
var ErrTooLong = errors.New("alleviate: the answer is too long")

var (
	errEncoding = errors.New("alleviate: the answer is in an encoding that cannot be read")
	errSwitched = errors.New("alleviate: the answer switches protocols")
)

// AskPlain asks for an answer as it is. It also keeps net/http from asking for gzip, and from
// unpacking it without a limit.
func AskPlain(h http.Header) { h.Set("Accept-Encoding", "identity") }

// ReadBody reads the whole body, or what came of it and an error. Some servers pack what nobody
// asked to be packed: gzip is unpacked within the limit, and of a broken one nothing counts. Any
// other encoding is not guessed at.
func ReadBody(res *http.Response, limit int) ([]byte, error) {
	if res.StatusCode == http.StatusSwitchingProtocols {
		return nil, errSwitched // its body is the connection itself, and no deadline ends it
	}
	body, err := readCapped(res.Body, limit)
	if len(body) == 0 {
		return body, err
	}
	switch strings.ToLower(strings.TrimSpace(strings.Join(res.Header.Values("Content-Encoding"), ","))) {
	case "", "identity":
		return body, err
	case "gzip", "x-gzip":
		if err != nil {
			return nil, err
		}
		return unpack(body, limit)
	}
	return nil, errEncoding
}

func unpack(packed []byte, limit int) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, errEncoding
	}
	body, err := readCapped(z, limit)
	switch {
	case err == ErrTooLong:
		return nil, err
	case err != nil:
		return nil, errEncoding
	}
	return body, nil
}

// readCapped reads all, or what came of it and an error.
func readCapped(r io.Reader, limit int) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if len(body) > limit {
		return body[:limit], ErrTooLong
	}
	return body, err
}

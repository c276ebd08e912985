package db

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestClean_KeepsWhyPostgreSQLIsOutOfReachWithoutItsAddress(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := closed.Addr().String()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{"postgres://fTrib7319@" + address + "/d", "postgres://u:12@" + address + "/fTrib7319", "postgres://u@" + address + "/d?sslmode=require&password=fTrib7319"} {
		_, err := OpenPostgres(t.Context(), url, "simulator")
		if err == nil || strings.Contains(err.Error(), "fTrib7319") || !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("got %v", err)
		}
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := pgx.Connect(cancelled, "postgres://fTrib7319@"+address+"/d"); !errors.Is(Clean(err), context.Canceled) || strings.Contains(Clean(err).Error(), "fTrib7319") {
		t.Errorf("got %v", Clean(err))
	}
}

func TestClean_NamesEveryWayToBeOutOfReach(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{context.DeadlineExceeded, "context deadline exceeded"},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)}, "no route to host"},
		{&net.DNSError{Err: "no such host", Name: "fTrib7319"}, "the name of its host leads nowhere"},
		{&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, "no answer in time"},
		{&tls.CertificateVerificationError{Err: errors.New("fTrib7319")}, "its certificate is not trusted, or is for another host"},
		{errors.New("fTrib7319"), "it does not speak as expected; compare sslmode with what the server offers"},
	} {
		if got := connectProblem(fmt.Errorf("fTrib7319: %w", tt.err)).Error(); got != tt.want {
			t.Errorf("%T: got %q, want %q", tt.err, got, tt.want)
		}
	}
}

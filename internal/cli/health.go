package cli

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"intake/internal/cli/command"
	"intake/internal/config"
)

const healthUsage = `usage: intake health

example: intake health   as a container's health check: 0 when a lead could be stored now`

// checkHealth asks the program on INTAKE_ADDR whether it is ready. Containers run it as their health check.
func checkHealth(ctx context.Context, in *command.Invocation) error {
	if err := in.Parse(); err != nil {
		return err
	}
	cfg, err := config.Read(in.Environ)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+dialable(string(cfg.Addr))+"/readyz", nil)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{}} // no proxy: the program is on this machine
	answer, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("nothing answers on %s", cfg.Addr)
	}
	defer answer.Body.Close()
	word, err := io.ReadAll(io.LimitReader(answer.Body, 64))
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %d", answer.StatusCode)
	}
	_, err = in.Stdout.Write(word)
	return err
}

// dialable turns an address to listen on into one to call.
func dialable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

package cli

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"intake/internal/app"
	"intake/internal/cli/command"
	"intake/internal/config"
	"intake/internal/evidence/packet"
	"intake/internal/evidence/verify"
)

const verifyUsage = `usage: intake verify PACKET.zip [-key FILE]   FILE is a public key as intake keys public writes it

example: intake verify case-12.zip -key intake-public.pem`

// verifyPacket verifies a packet of evidence, without network or database, and prints what it proves.
func verifyPacket(_ context.Context, in *command.Invocation) error {
	keyFile := in.Flags.String("key", "", "the public key of whoever made the packet; by default that of our own key set")
	path, err := in.ParseOperand(in.Args)
	if err != nil {
		return err
	}
	if path == "" {
		return errors.New(verifyUsage)
	}
	key, err := trustedKey(in, *keyFile)
	if err != nil {
		return err
	}
	data, err := readUpTo(path, packet.MaxBytes)
	if err != nil {
		return err
	}
	report, err := verify.Packet(data, key)
	if err != nil {
		return fmt.Errorf("%s does not hold: %w", path, err)
	}
	fmt.Fprintf(in.Stdout, "%s holds.\n", path)
	printReport(in.Stdout, report)
	return nil
}

const maxKeyBytes = 16 << 10 // a hundred times a public key

// trustedKey returns the key of the file, or of the key set that the settings name. The packet's own key is never
// trusted.
func trustedKey(in *command.Invocation, file string) (ed25519.PublicKey, error) {
	if file != "" {
		text, err := readUpTo(file, maxKeyBytes)
		if err != nil {
			return nil, err
		}
		return packet.ParsePEM(text)
	}
	cfg, err := config.Read(in.Environ)
	if err != nil {
		return nil, fmt.Errorf("name the public key with -key, or correct the settings:\n%w", err)
	}
	keys, err := app.OpenKeys(cfg, false)
	if err != nil {
		return nil, fmt.Errorf("name the public key with -key: %w", err)
	}
	return keys.Public(), nil
}

// readUpTo reads a file of max bytes at most.
func readUpTo(path string, max int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	body, err := io.ReadAll(io.LimitReader(file, max+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > max {
		return nil, fmt.Errorf("%s is larger than %d kB, which is too much for what it should be", path, max>>10)
	}
	return body, nil
}

// printReport prints what a packet proves and what it lacks.
func printReport(out io.Writer, report verify.Report) {
	fmt.Fprintf(out, "lead %s, made at %s by version %s\n\n", report.Lead, report.MadeAt, report.Program)
	for _, sentence := range report.Proven {
		fmt.Fprintln(out, sentence)
	}
	if len(report.Gaps) == 0 {
		return
	}
	fmt.Fprintln(out, "\nWhat it does not hold:")
	fields := map[string][]string{} // by reason
	var reasons []string
	for _, gap := range report.Gaps {
		if fields[gap.Reason] == nil {
			reasons = append(reasons, gap.Reason)
		}
		fields[gap.Reason] = append(fields[gap.Reason], gap.Field)
	}
	for _, reason := range reasons {
		fmt.Fprintf(out, "  %s: %s\n", strings.Join(fields[reason], ", "), reason)
	}
}

package config

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"intake/alleviate"
)

// setting is implemented by the types of all fields of Config except numbers and time.Duration. A type refuses a text
// that it cannot parse without quoting it, because a secret may have been set under the wrong name.
type setting interface {
	// LogValue returns what everybody may see of the value.
	slog.LogValuer
	// form returns how the setting is written, in words that follow "must be".
	form() string
}

// notShown replaces a value of which nothing may be shown.
const notShown = "(not shown)"

var errForm = errors.New("not of the form that the setting has")

// Switch is written on or off.
type Switch bool

const (
	on  = "on"
	off = "off"
)

func (s *Switch) UnmarshalText(text []byte) error {
	word := string(text)
	if word != on && word != off {
		return errForm
	}
	*s = word == on
	return nil
}

func (s Switch) String() string {
	if s {
		return on
	}
	return off
}

func (s Switch) LogValue() slog.Value { return slog.StringValue(s.String()) }
func (s Switch) form() string         { return oneOf(on, off) }

// Environment is where leads go.
type Environment string

// The environments.
const (
	Simulator  Environment = "simulator"
	Sandbox    Environment = "sandbox"
	Production Environment = "production"
)

func (e *Environment) UnmarshalText(text []byte) error {
	return readWord(e, text, Simulator, Sandbox, Production)
}

func (e Environment) LogValue() slog.Value { return slog.StringValue(string(e)) }
func (e Environment) form() string         { return oneOf(Simulator, Sandbox, Production) }

// LogLevel is the least important message that is logged.
type LogLevel string

func (l *LogLevel) UnmarshalText(text []byte) error { return readWord(l, text, logLevels...) }
func (l LogLevel) LogValue() slog.Value             { return slog.StringValue(string(l)) }
func (l LogLevel) form() string                     { return oneOf(logLevels...) }

var logLevels = []LogLevel{"debug", "info", "warn", "error"}

// Level is l as package slog has it.
func (l LogLevel) Level() slog.Level {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l)); err != nil {
		return slog.LevelInfo // UnmarshalText has refused it already
	}
	return level
}

// LogFormat is how the log is written.
type LogFormat string

const (
	LogByOutput LogFormat = "auto" // text on a terminal, JSON elsewhere
	LogText     LogFormat = "text"
	LogJSON     LogFormat = "json"
)

var logFormats = []LogFormat{LogByOutput, LogText, LogJSON}

func (f *LogFormat) UnmarshalText(text []byte) error { return readWord(f, text, logFormats...) }
func (f LogFormat) LogValue() slog.Value             { return slog.StringValue(string(f)) }
func (f LogFormat) form() string                     { return oneOf(logFormats...) }

// CRM is who submits qualified leads to Alleviate's CRM.
type CRM string

const (
	Automatic CRM = "automatic" // Alleviate does
	Manual    CRM = "manual"    // we do
)

func (c *CRM) UnmarshalText(text []byte) error { return readWord(c, text, Automatic, Manual) }
func (c CRM) LogValue() slog.Value             { return slog.StringValue(string(c)) }
func (c CRM) form() string                     { return oneOf(Automatic, Manual) }

// InDoubt is what happens to a lead when nobody knows whether Alleviate has it.
type InDoubt string

const (
	Park   InDoubt = "park"   // a person asks Alleviate
	Resend InDoubt = "resend" // it is sent once more, under the same id
)

func (d *InDoubt) UnmarshalText(text []byte) error { return readWord(d, text, Park, Resend) }
func (d InDoubt) LogValue() slog.Value             { return slog.StringValue(string(d)) }
func (d InDoubt) form() string                     { return oneOf(Park, Resend) }

// FieldChecks is when we assume that createLead checks its fields.
type FieldChecks string

const (
	FieldChecksFirst FieldChecks = "first" // before it makes a lead, so that a refused input made none
	FieldChecksLast  FieldChecks = "last"  // when a lead may have been made, so that nobody knows
)

func (c *FieldChecks) UnmarshalText(text []byte) error {
	return readWord(c, text, FieldChecksFirst, FieldChecksLast)
}
func (c FieldChecks) LogValue() slog.Value { return slog.StringValue(string(c)) }
func (c FieldChecks) form() string         { return oneOf(FieldChecksFirst, FieldChecksLast) }

func readWord[T ~string](value *T, text []byte, words ...T) error {
	return read(value, text, func(s string) bool { return slices.Contains(words, T(s)) })
}

func oneOf[T ~string](words ...T) string {
	var all []string
	for _, word := range words {
		all = append(all, string(word))
	}
	return "one of " + strings.Join(all, ", ")
}

// read sets value to text if it is valid.
func read[T ~string](value *T, text []byte, valid func(string) bool) error {
	if !valid(string(text)) {
		return errForm
	}
	*value = T(text)
	return nil
}

// Text is printed for everybody to read: on every page, in every document.
type Text string

func (t Text) LogValue() slog.Value { return slog.StringValue(string(t)) }
func (t Text) form() string         { return "a text" }

// Claim is a claim of an identity provider and the value that it must have.
type Claim string

var claimForm = regexp.MustCompile(`^[A-Za-z0-9_:./-]+=[A-Za-z0-9_:./-]+$`)

func (c *Claim) UnmarshalText(text []byte) error { return read(c, text, claimForm.MatchString) }
func (c Claim) LogValue() slog.Value             { return slog.StringValue(string(c)) }
func (c Claim) form() string                     { return "a claim and its value, such as amr=mfa" }

// FilePath is the path of a file or folder. A key given in place of the path of its file is refused.
type FilePath string

func (p *FilePath) UnmarshalText(text []byte) error {
	return read(p, text, func(s string) bool { return !isKey(s) })
}

func (p FilePath) LogValue() slog.Value { return slog.StringValue(string(p)) }
func (p FilePath) form() string         { return "the path of a file or folder, not its content" }

// isKey reports whether s is 32 bytes in hexadecimal digits or in padded base64.
func isKey(s string) bool {
	inHex, err := hex.DecodeString(s)
	if err == nil && len(inHex) == 32 {
		return true
	}
	inBase64, err := base64.StdEncoding.DecodeString(s)
	return err == nil && len(inBase64) == 32
}

// guid is the form that Entra gives tenants and applications.
var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

// EntraID is a GUID of Entra ID. Anything else is not shown: Entra shows the secret beside the id, and it is easy to copy
// the wrong one.
type EntraID string

func (i EntraID) LogValue() slog.Value {
	if guid.MatchString(string(i)) || i == simulatorClientID {
		return slog.StringValue(string(i))
	}
	return slog.StringValue(notShown)
}

func (i EntraID) form() string { return "a GUID" }

// hostName is a name or an IPv4 address.
var hostName = regexp.MustCompile(`^[0-9A-Za-z_-]+(\.[0-9A-Za-z_-]+)*\.?$`)

func isHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	return hostName.MatchString(s)
}

// Hostname is a host without scheme and port.
type Hostname string

func (h *Hostname) UnmarshalText(text []byte) error { return read(h, text, isHost) }
func (h Hostname) LogValue() slog.Value             { return slog.StringValue(string(h)) }
func (h Hostname) form() string                     { return "a host such as relief.example" }

// ListenAddr is where a server of ours listens.
type ListenAddr string

func (a *ListenAddr) UnmarshalText(text []byte) error {
	return read(a, text, func(s string) bool {
		host, port, err := net.SplitHostPort(s)
		_, portErr := strconv.ParseUint(port, 10, 16)
		if strings.HasPrefix(s, "[") {
			_, err = netip.ParseAddr(host)
		}
		return err == nil && portErr == nil && (host == "" || isHost(host))
	})
}

func (a ListenAddr) LogValue() slog.Value { return slog.StringValue(string(a)) }
func (a ListenAddr) form() string         { return "an address to listen on, such as 127.0.0.1:8080" }

// schemeAndHost is what may be shown of an address: nothing of one that could be read in two ways. A "/",
// "?" or "#" in a password moves a part of it to where host and port are looked for, and the "@" behind.
func schemeAndHost(address string, schemes ...string) (shown string, ok bool) {
	u, err := url.Parse(address)
	if err != nil || u.Opaque != "" || !slices.Contains(schemes, u.Scheme) {
		return "", false
	}
	_, rest, _ := strings.Cut(address, "://")
	if at := strings.IndexAny(rest, "/?#"); at >= 0 && strings.Contains(rest[at:], "@") {
		return "", false
	}
	if u.Host == "" && u.Query().Has("host") {
		return u.Scheme + "://", true // PostgreSQL's way to name a folder with a socket
	}
	var hosts []string
	for one := range strings.SplitSeq(u.Host, ",") { // PostgreSQL takes several
		host := (&url.URL{Host: one}).Hostname()
		if !isHost(host) {
			return "", false
		}
		hosts = append(hosts, host)
	}
	return u.Scheme + "://" + strings.Join(hosts, ","), true
}

// Address is a URL without user, query and fragment, which could hold a secret. Of its path nothing is
// shown either.
type Address string

func (a *Address) UnmarshalText(text []byte) error {
	return read(a, text, func(s string) bool {
		_, ok := schemeAndHost(s, "http", "https", "api")
		return ok && !strings.ContainsAny(s, "@?#,")
	})
}

func (a Address) LogValue() slog.Value {
	shown, ok := schemeAndHost(string(a), "http", "https", "api")
	if !ok {
		return slog.StringValue(notShown)
	}
	return slog.StringValue(shown)
}

func (a Address) form() string {
	return "an address such as https://apply.example.com, without user, query and fragment"
}

// Format writes what LogValue shows, for every verb.
func (a Address) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.LogValue().String()) } // fmt has no way to report it

// Recording is off, on, or the address of a script that replaces the vendor's.
type Recording string

func (r *Recording) UnmarshalText(text []byte) error {
	var standIn Address
	return read(r, text, func(s string) bool {
		return s == on || s == off || strings.HasPrefix(s, "http") && standIn.UnmarshalText(text) == nil
	})
}

func (r Recording) LogValue() slog.Value {
	if r == on || r == off {
		return slog.StringValue(string(r))
	}
	return Address(r).LogValue()
}

// Off reports that no visit is recorded.
func (r Recording) Off() bool { return r == off }

// StandIn returns the address of the script that replaces the vendor's in tests; empty when the vendor's is used.
func (r Recording) StandIn() string {
	if r == on || r == off {
		return ""
	}
	return string(r)
}

func (r Recording) form() string {
	return "off, on, or in tests the address of a script that replaces the vendor's"
}

// DatabaseURL is "file:" and a path, or the URL of a PostgreSQL database, whose password no printer shows.
type DatabaseURL struct{ alleviate.Secret }

// UnmarshalText refuses what is neither, and a path that looks like an address with a password.
func (d *DatabaseURL) UnmarshalText(text []byte) error {
	file, isFile := strings.CutPrefix(string(text), "file:")
	_, isPostgres := schemeAndHost(string(text), "postgres", "postgresql")
	if isFile && (file == "" || strings.ContainsAny(file, "?@")) || !isFile && !isPostgres {
		return errForm
	}
	return d.Secret.UnmarshalText(text)
}

func (d DatabaseURL) LogValue() slog.Value {
	text := d.Reveal()
	if strings.HasPrefix(text, "file:") {
		return slog.StringValue(text)
	}
	if shown, ok := schemeAndHost(text, "postgres", "postgresql"); ok {
		return slog.StringValue(shown)
	}
	return slog.StringValue(notShown)
}

func (d DatabaseURL) form() string {
	return "file: and a path without ? and @, or postgres://user:…@host/database, " +
		"where signs such as # [ % / @ and blanks in the password are written as %23 %5B %25 %2F %40 %20"
}

// Networks is a list of networks with commas between them.
type Networks []netip.Prefix

func (n *Networks) UnmarshalText(text []byte) error {
	var read Networks
	for part := range strings.SplitSeq(string(text), ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(part)
		if err != nil {
			return errForm
		}
		if mapped := prefix.Addr(); mapped.Is4In6() && prefix.Bits() >= 96 {
			prefix = netip.PrefixFrom(mapped.Unmap(), prefix.Bits()-96)
		}
		read = append(read, prefix)
	}
	*n = read
	return nil
}

func (n Networks) LogValue() slog.Value { return slog.StringValue(fmt.Sprint([]netip.Prefix(n))) }
func (n Networks) form() string         { return "a comma-separated list of networks such as 10.0.0.0/8" }

// Limit is a whole number of 1 or more, or off.
type Limit string

func (l *Limit) UnmarshalText(text []byte) error {
	return read(l, text, func(s string) bool {
		n, err := strconv.Atoi(s)
		return s == off || err == nil && n >= 1
	})
}

func (l Limit) LogValue() slog.Value { return slog.StringValue(string(l)) }
func (l Limit) form() string         { return "a whole number, 1 or more, or off" }

// Number is the limit, 0 for off.
func (l Limit) Number() int {
	n, _ := strconv.Atoi(string(l)) // UnmarshalText has refused what is neither
	return n
}

// Color is written #rrggbb.
type Color string

var colorForm = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

func (c *Color) UnmarshalText(text []byte) error { return read(c, text, colorForm.MatchString) }
func (c Color) LogValue() slog.Value             { return slog.StringValue(string(c)) }
func (c Color) form() string                     { return "a color such as #0b5563" }

// Day is a date as settings have it: 2027-03-31. It begins at midnight UTC.
type Day struct{ time.Time }

func (d *Day) UnmarshalText(text []byte) (err error) {
	d.Time, err = time.Parse(time.DateOnly, string(text))
	return err
}

func (d Day) String() string       { return d.Format(time.DateOnly) }
func (d Day) LogValue() slog.Value { return slog.StringValue(d.String()) }
func (d Day) form() string         { return "a date such as 2027-03-31" }

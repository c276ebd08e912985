package main

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

// setting is what the type of every field of Config is, the numbers and time.Duration apart. A type
// refuses a text that it cannot read, without quoting it: somebody may have set a secret under the wrong
// name.
type setting interface {
	// LogValue is what everybody may see of the value.
	slog.LogValuer
	// form says how the setting is written, to stand behind "must be".
	form() string
}

// notShown stands for a value of which nothing is shown.
const notShown = "(not shown)"

var errForm = errors.New("not of the form that the setting has")

// words is a closed list of words.
type words interface{ list() []string }

type (
	onOff        struct{}
	logLevels    struct{}
	environments struct{}
	crmPaths     struct{}
	doubtRules   struct{}
)

func (onOff) list() []string        { return []string{on, off} }
func (logLevels) list() []string    { return []string{"debug", "info", "warn", "error"} }
func (environments) list() []string { return []string{simulated, sandbox, production} }
func (crmPaths) list() []string     { return []string{"automatic", "manual"} }
func (doubtRules) list() []string   { return []string{"park", resend} }

// word is one word of the list W.
type word[W words] string

func (w *word[W]) UnmarshalText(text []byte) error {
	var allowed W
	return read(w, text, func(s string) bool { return slices.Contains(allowed.list(), s) })
}

func (w word[W]) LogValue() slog.Value { return slog.StringValue(string(w)) }

func (w word[W]) form() string {
	var allowed W
	return "one of " + strings.Join(allowed.list(), ", ")
}

// read sets value to text if that is right.
func read[T ~string](value *T, text []byte, right func(string) bool) error {
	if !right(string(text)) {
		return errForm
	}
	*value = T(text)
	return nil
}

// plainText is printed for everybody to read: on every page, in every document.
type plainText string

func (t plainText) LogValue() slog.Value { return slog.StringValue(string(t)) }
func (t plainText) form() string         { return "a text" }

// filePath is the path of a file or folder. A key given in place of the path of its file is refused.
type filePath string

func (p *filePath) UnmarshalText(text []byte) error {
	return read(p, text, func(s string) bool { return !isKey(s) })
}

func (p filePath) LogValue() slog.Value { return slog.StringValue(string(p)) }
func (p filePath) form() string         { return "the path of a file or folder, not what stands in it" }

// isKey says whether s is 32 bytes in hexadecimal digits or in padded base64.
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

// entraID is an id of Entra's. It is shown when it has the form of one: the secret stands beside it in Entra
// and is easily taken for it.
type entraID string

func (i entraID) LogValue() slog.Value {
	if guid.MatchString(string(i)) || i == simulatedClient {
		return slog.StringValue(string(i))
	}
	return slog.StringValue(notShown)
}

func (i entraID) form() string { return "a GUID" }

// hostName is a name or an IPv4 address.
var hostName = regexp.MustCompile(`^[0-9A-Za-z_-]+(\.[0-9A-Za-z_-]+)*\.?$`)

func isHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	return hostName.MatchString(s)
}

// hostname is a host without scheme and port.
type hostname string

func (h *hostname) UnmarshalText(text []byte) error { return read(h, text, isHost) }
func (h hostname) LogValue() slog.Value             { return slog.StringValue(string(h)) }
func (h hostname) form() string                     { return "a host such as relief.example" }

// listenAddr is where a server of ours listens.
type listenAddr string

func (a *listenAddr) UnmarshalText(text []byte) error {
	return read(a, text, func(s string) bool {
		host, port, err := net.SplitHostPort(s)
		_, portErr := strconv.ParseUint(port, 10, 16)
		if strings.HasPrefix(s, "[") {
			_, err = netip.ParseAddr(host)
		}
		return err == nil && portErr == nil && (host == "" || isHost(host))
	})
}

func (a listenAddr) LogValue() slog.Value { return slog.StringValue(string(a)) }
func (a listenAddr) form() string         { return "an address to listen on, such as 127.0.0.1:8080" }

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

// address is a URL without user, query and fragment, which could hold a secret. Of its path nothing is
// shown either.
type address string

func (a *address) UnmarshalText(text []byte) error {
	return read(a, text, func(s string) bool {
		_, ok := schemeAndHost(s, "http", "https", "api")
		return ok && !strings.ContainsAny(s, "@?#,")
	})
}

func (a address) LogValue() slog.Value {
	shown, ok := schemeAndHost(string(a), "http", "https", "api")
	if !ok {
		return slog.StringValue(notShown)
	}
	return slog.StringValue(shown)
}

func (a address) form() string {
	return "an address such as https://apply.example.com, without user, query and fragment"
}

// Format writes what LogValue shows, for every verb.
func (a address) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.LogValue().String()) } // fmt has no way to report it

// recording is off, on, or the address of a script that stands in for the vendor's.
type recording string

func (r *recording) UnmarshalText(text []byte) error {
	var standIn address
	return read(r, text, func(s string) bool {
		return s == on || s == off || strings.HasPrefix(s, "http") && standIn.UnmarshalText(text) == nil
	})
}

func (r recording) LogValue() slog.Value {
	if r == on || r == off {
		return slog.StringValue(string(r))
	}
	return address(r).LogValue()
}

func (r recording) form() string {
	return "off, on, or in tests the address of a script that stands in for the vendor's"
}

// databaseURL is "file:" and a path, or the URL of a PostgreSQL database, whose password no printer shows.
type databaseURL struct{ alleviate.Secret }

// UnmarshalText refuses what is neither, and a path that looks like an address with a password.
func (d *databaseURL) UnmarshalText(text []byte) error {
	file, isFile := strings.CutPrefix(string(text), "file:")
	_, isPostgres := schemeAndHost(string(text), "postgres", "postgresql")
	if isFile && (file == "" || strings.ContainsAny(file, "?@")) || !isFile && !isPostgres {
		return errForm
	}
	return d.Secret.UnmarshalText(text)
}

func (d databaseURL) LogValue() slog.Value {
	text := d.Reveal()
	if strings.HasPrefix(text, "file:") {
		return slog.StringValue(text)
	}
	if shown, ok := schemeAndHost(text, "postgres", "postgresql"); ok {
		return slog.StringValue(shown)
	}
	return slog.StringValue(notShown)
}

func (d databaseURL) form() string {
	return "file: and a path without ? and @, or postgres://user:…@host/database, " +
		"where signs such as # [ % / @ and blanks in the password are written as %23 %5B %25 %2F %40 %20"
}

// networks is a list of networks with commas between them.
type networks []netip.Prefix

func (n *networks) UnmarshalText(text []byte) error {
	var read networks
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

func (n networks) LogValue() slog.Value { return slog.StringValue(fmt.Sprint([]netip.Prefix(n))) }
func (n networks) form() string         { return "a comma-separated list of networks such as 10.0.0.0/8" }

// limit is a whole number of 1 or more, or off.
type limit string

func (l *limit) UnmarshalText(text []byte) error {
	return read(l, text, func(s string) bool {
		n, err := strconv.Atoi(s)
		return s == off || err == nil && n >= 1
	})
}

func (l limit) LogValue() slog.Value { return slog.StringValue(string(l)) }
func (l limit) form() string         { return "a whole number, 1 or more, or off" }

// number is the limit, 0 for off.
func (l limit) number() int {
	n, _ := strconv.Atoi(string(l)) // UnmarshalText has refused what is neither
	return n
}

// color is written #rrggbb.
type color string

var colorForm = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

func (c *color) UnmarshalText(text []byte) error { return read(c, text, colorForm.MatchString) }
func (c color) LogValue() slog.Value             { return slog.StringValue(string(c)) }
func (c color) form() string                     { return "a color such as #0b5563" }

// day is a date as settings have it: 2027-03-31. It begins at midnight UTC.
type day struct{ time.Time }

func (d *day) UnmarshalText(text []byte) (err error) {
	d.Time, err = time.Parse(time.DateOnly, string(text))
	return err
}

func (d day) String() string       { return d.Format(time.DateOnly) }
func (d day) LogValue() slog.Value { return slog.StringValue(d.String()) }
func (d day) form() string         { return "a date such as 2027-03-31" }

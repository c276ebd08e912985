package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"

	"golang.org/x/term"

	"intake/alleviate/simulator"
	"intake/internal/app"
	"intake/internal/config"
)

// isTerminal says whether a person reads what is written.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func logHandler(w io.Writer, level slog.Level, forPeople bool) slog.Handler {
	options := &slog.HandlerOptions{Level: level}
	if !forPeople {
		return slog.NewJSONHandler(w, options)
	}
	options.ReplaceAttr = shorten
	lines := &textLines{w: w}
	return textHandler{slog.NewTextHandler(&lines.buffer, options), lines}
}

// shorten leaves the time of day, and takes out what the line shows in its own way.
func shorten(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.TimeKey, slog.LevelKey, slog.MessageKey:
		return slog.Attr{}
	}
	return a
}

// textLines writes one line after another.
type textLines struct {
	mu     sync.Mutex
	buffer bytes.Buffer
	w      io.Writer
}

// textHandler writes lines for people: time of day, the message, what belongs to it. Warnings and errors stand out.
type textHandler struct {
	slog.Handler // writes the attributes to lines.buffer
	lines        *textLines
}

const (
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	yellow = "\x1b[1;33m"
	red    = "\x1b[1;31m"
	plain  = "\x1b[0m"
)

// Handle writes a line.
func (h textHandler) Handle(ctx context.Context, r slog.Record) error {
	h.lines.mu.Lock()
	defer h.lines.mu.Unlock()
	h.lines.buffer.Reset()
	if err := h.Handler.Handle(ctx, r); err != nil {
		return err
	}
	with := strings.TrimSpace(h.lines.buffer.String())
	at := dim + r.Time.Format("15:04:05") + plain
	var err error
	switch {
	case r.Level >= slog.LevelError:
		_, err = fmt.Fprintf(h.lines.w, "%s  %sERROR: %s%s  %s\n", at, red, r.Message, plain, with)
	case r.Level >= slog.LevelWarn:
		_, err = fmt.Fprintf(h.lines.w, "%s  %sWarning: %s%s  %s\n", at, yellow, r.Message, plain, with)
	default:
		_, err = fmt.Fprintf(h.lines.w, "%s  %s  %s%s%s\n", at, r.Message, dim, with, plain)
	}
	return err
}

// WithAttrs keeps the lines.
func (h textHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return textHandler{h.Handler.WithAttrs(attrs), h.lines}
}

// WithGroup keeps the lines.
func (h textHandler) WithGroup(name string) slog.Handler {
	return textHandler{h.Handler.WithGroup(name), h.lines}
}

// outcomes are codes of three of the simulator's addresses, in plain words; its control page lists all.
var outcomes = []struct {
	code  int
	words string
}{{1015, "qualifies"}, {1018, "does not qualify"}, {1000, "takes a while"}}

// printWelcome tells a person where the pages are.
func printWelcome(w io.Writer, at app.Welcome) {
	fmt.Fprintf(w, "\n  %sIntake is running.%s\n\n", bold, plain)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "  %-26s %s\n", name, value)
		}
	}
	line("The form for applicants", at.Page)
	staff := "The desk for agents"
	if at.Ready {
		staff += " *"
	}
	line(staff, at.SignIn)
	line("The simulator's controls", at.Control)
	if at.Environment == config.Simulator {
		fmt.Fprint(w, "\n  Nothing leaves this machine: a simulator answers in Alleviate's place.\n  Enter invented people only. E-mail addresses to try in the form:\n\n")
		archetypes := simulator.Archetypes()
		for _, o := range outcomes {
			if i := slices.IndexFunc(archetypes, func(a simulator.Archetype) bool { return a.Code == o.code }); i >= 0 {
				fmt.Fprintf(w, "    %-43s %s\n", archetypes[i].Email, o.words)
			}
		}
	} else {
		fmt.Fprintf(w, "\n  Leads go to Alleviate (%s).\n", at.Environment)
	}
	if at.Ready {
		fmt.Fprint(w, "\n  * without a password: choose one of five invented people.\n")
	}
	fmt.Fprint(w, "\n  Stop with Ctrl-C. INTAKE_LOG_FORMAT=json shows the settings and a log for machines.\n\n")
}

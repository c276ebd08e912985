package health

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// expiryOn is a secret that expires on the date, and its log.
func expiryOn(t *testing.T, date string) (SecretExpiry, *bytes.Buffer) {
	t.Helper()
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	return SecretExpiry{day, slog.New(slog.NewJSONHandler(&log, nil)), nil}, &log
}

// loggedDays are the days of the log lines, with their levels.
func loggedDays(t *testing.T, log *bytes.Buffer) (days []string) {
	t.Helper()
	for line := range strings.Lines(log.String()) {
		var entry struct {
			Time  time.Time
			Level string
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		days = append(days, entry.Level+" "+entry.Time.UTC().Format(time.DateOnly))
	}
	return days
}

// The bubble begins on 2000-01-01.
func TestSecretExpiry_WarnsAMonthTwoWeeksAWeekAndADayBefore(t *testing.T) {
	for _, tt := range []struct {
		date string
		want []string
	}{
		{"2000-03-01", []string{"WARN 2000-01-31", "WARN 2000-02-16", "WARN 2000-02-23", "WARN 2000-02-29", "ERROR 2000-03-01"}},
		{"2000-01-11", []string{"WARN 2000-01-01", "WARN 2000-01-04", "WARN 2000-01-10", "ERROR 2000-01-11"}},
		{"1999-12-24", []string{"ERROR 2000-01-01"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, log := expiryOn(t, tt.date)
			ctx, stop := context.WithTimeout(t.Context(), 90*wholeDay)
			defer stop()
			s.Run(ctx)
			if days := loggedDays(t, log); !slices.Equal(days, tt.want) {
				t.Errorf("an expiry on %s is logged on %v, want %v", tt.date, days, tt.want)
			}
		})
	}
}

func TestSecretExpiry_WithoutADateNothingIsLogged(t *testing.T) {
	var log bytes.Buffer
	s := SecretExpiry{Log: slog.New(slog.NewJSONHandler(&log, nil))}
	s.Run(t.Context())
	if s.IsSoon() || log.Len() > 0 {
		t.Errorf("near: %v, log: %s", s.IsSoon(), log.String())
	}
}

func TestSecretExpiry_IsSoonFromAWeekBefore(t *testing.T) {
	for date, want := range map[string]bool{"2000-01-09": false, "2000-01-08": true, "2000-01-02": true, "1999-12-31": true} {
		synctest.Test(t, func(t *testing.T) {
			if s, _ := expiryOn(t, date); s.IsSoon() != want {
				t.Errorf("near before %s: %v, want %v", date, s.IsSoon(), want)
			}
		})
	}
}

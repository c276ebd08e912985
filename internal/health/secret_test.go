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

// endOf is a secret that ends on the day, and what its log says.
func endOf(t *testing.T, date string) (SecretEnd, *bytes.Buffer) {
	t.Helper()
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	return SecretEnd{day, slog.New(slog.NewJSONHandler(&log, nil)), nil}, &log
}

// toldBy are the days on which the log speaks, with its level.
func toldBy(t *testing.T, log *bytes.Buffer) (told []string) {
	t.Helper()
	for line := range strings.Lines(log.String()) {
		var entry struct {
			Time  time.Time
			Level string
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		told = append(told, entry.Level+" "+entry.Time.UTC().Format(time.DateOnly))
	}
	return told
}

// The bubble begins on 2000-01-01.
func TestSecretEnd_IsToldAMonthTwoWeeksAWeekAndADayBefore(t *testing.T) {
	for _, tt := range []struct {
		date string
		want []string
	}{
		{"2000-03-01", []string{"WARN 2000-01-31", "WARN 2000-02-16", "WARN 2000-02-23", "WARN 2000-02-29", "ERROR 2000-03-01"}},
		{"2000-01-11", []string{"WARN 2000-01-01", "WARN 2000-01-04", "WARN 2000-01-10", "ERROR 2000-01-11"}},
		{"1999-12-24", []string{"ERROR 2000-01-01"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, log := endOf(t, tt.date)
			ctx, stop := context.WithTimeout(t.Context(), 90*wholeDay)
			defer stop()
			s.Run(ctx)
			if told := toldBy(t, log); !slices.Equal(told, tt.want) {
				t.Errorf("an end on %s is told by %v, want %v", tt.date, told, tt.want)
			}
		})
	}
}

func TestSecretEnd_WithoutADateNothingIsTold(t *testing.T) {
	var log bytes.Buffer
	s := SecretEnd{Log: slog.New(slog.NewJSONHandler(&log, nil))}
	s.Run(t.Context())
	if s.Near() || log.Len() > 0 {
		t.Errorf("near: %v, log: %s", s.Near(), log.String())
	}
}

func TestSecretEnd_AWeekBeforeSomebodyShouldLook(t *testing.T) {
	for date, want := range map[string]bool{"2000-01-09": false, "2000-01-08": true, "2000-01-02": true, "1999-12-31": true} {
		synctest.Test(t, func(t *testing.T) {
			if s, _ := endOf(t, date); s.Near() != want {
				t.Errorf("near before %s: %v, want %v", date, s.Near(), want)
			}
		})
	}
}

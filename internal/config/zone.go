package config

import (
	"log/slog"
	"time"
)

// Zone is a time zone by its name in the IANA database.
type Zone string

func (z *Zone) UnmarshalText(text []byte) error {
	return read(z, text, func(s string) bool {
		_, err := time.LoadLocation(s)
		return err == nil && s != "" && s != "Local" // two machines could have two
	})
}

func (z Zone) LogValue() slog.Value { return slog.StringValue(string(z)) }
func (z Zone) form() string         { return "a time zone such as America/New_York" }

// Location is the zone as package time has it.
func (z Zone) Location() *time.Location {
	location, err := time.LoadLocation(string(z))
	if err != nil {
		return time.UTC // UnmarshalText has refused it already
	}
	return location
}

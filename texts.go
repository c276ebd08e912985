package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"intake/handlers"
	"intake/internal/consent"
)

// loadTexts reads the texts of the settings and refuses what no visitor may see, every problem on a
// line of its own.
func loadTexts(cfg Config) (consent.Texts, error) {
	files, err := textFiles(cfg.TextsDir)
	if err != nil {
		return consent.Texts{}, err
	}
	texts, err := consent.Load(files)
	if err != nil {
		return consent.Texts{}, err
	}
	if placeholders := texts.Placeholders(); cfg.Environment == production && len(placeholders) > 0 {
		return consent.Texts{}, fmt.Errorf("the texts %s are placeholders that counsel has not reviewed; production needs the real ones, in INTAKE_TEXTS_DIR", strings.Join(placeholders, ", "))
	}
	if _, told := texts.RecordingAct("en"); cfg.TrustedForm != off && !told {
		return consent.Texts{}, errors.New("INTAKE_TRUSTEDFORM records visits, and INTAKE_TEXTS_DIR has no text \"recording\" that tells people so")
	}
	return texts, nil
}

func textFiles(dir string) (fs.FS, error) {
	if dir == "" {
		return consent.BuiltIn(), nil
	}
	if _, err := os.ReadDir(dir); err != nil {
		return nil, fmt.Errorf("INTAKE_TEXTS_DIR cannot be read: %w", errors.Unwrap(err))
	}
	return os.DirFS(dir), nil
}

// recorder is the vendor that records the check page; nil for none.
func (c *Config) recorder() (*handlers.Recorder, error) {
	switch c.TrustedForm {
	case off:
		return nil, nil
	case "on":
		return handlers.NewRecorder("")
	}
	return handlers.NewRecorder(c.TrustedForm)
}

package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"intake/handlers/trustedform"
	"intake/internal/config"
	"intake/internal/consent"
)

// LoadTexts reads the texts that the settings name and refuses those that no visitor may see, each problem on a line of
// its own.
func LoadTexts(cfg config.Config) (consent.Texts, error) {
	files, err := TextFiles(string(cfg.TextsDir))
	if err != nil {
		return consent.Texts{}, err
	}
	texts, err := consent.Load(files)
	if err != nil {
		return consent.Texts{}, err
	}
	if placeholders := texts.Placeholders(); cfg.Environment == config.Production && len(placeholders) > 0 {
		return consent.Texts{}, fmt.Errorf("the texts %s are placeholders that counsel has not reviewed; production needs the real ones, in INTAKE_TEXTS_DIR", strings.Join(placeholders, ", "))
	}
	if _, found := texts.RecordingAct("en"); !cfg.TrustedForm.Off() && !found {
		return consent.Texts{}, errors.New("INTAKE_TRUSTEDFORM records visits, and INTAKE_TEXTS_DIR has no text \"recording\" that tells people so")
	}
	return texts, nil
}

// openTexts reads the texts and refuses a version that was in use with other words.
func openTexts(ctx context.Context, cfg config.Config, versions textVersions) (consent.Texts, error) {
	texts, err := LoadTexts(cfg)
	if err != nil {
		return consent.Texts{}, err
	}
	return texts, useTexts(ctx, versions, texts)
}

// textVersions stores which words were in use under which version.
type textVersions interface {
	UseTexts(ctx context.Context, texts []consent.Published) (reworded []consent.Published, err error)
}

// useTexts refuses texts whose words have changed since their version was first in use.
func useTexts(ctx context.Context, versions textVersions, texts consent.Texts) error {
	reworded, err := versions.UseTexts(ctx, texts.Published())
	if err != nil {
		return err
	}
	var problems []error
	for _, t := range reworded {
		problems = append(problems, fmt.Errorf("consent text %s: version %s of %q was in use with other words; changed words are a new version, in a new file", t.File, t.Version, t.ID))
	}
	return errors.Join(problems...)
}

// TextFiles returns the consent texts in the folder, or the built-in ones without a folder.
func TextFiles(dir string) (fs.FS, error) {
	if dir == "" {
		return consent.BuiltIn(), nil
	}
	if _, err := os.ReadDir(dir); err != nil {
		return nil, fmt.Errorf("INTAKE_TEXTS_DIR cannot be read: %w", errors.Unwrap(err))
	}
	return os.DirFS(dir), nil
}

// newRecorder returns the vendor that records the check page; nil for none.
func newRecorder(cfg config.Config) (*trustedform.Recorder, error) {
	if cfg.TrustedForm.Off() {
		return nil, nil
	}
	return trustedform.New(cfg.TrustedForm.StandIn())
}

package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"intake/internal/lead"
	"intake/internal/store"
)

// LeadID returns the id of the lead that a person names, by our id or by the reference on the visitor's page.
func LeadID(ctx context.Context, s *store.Store, name string) (lead.PartnerID, error) {
	reference, ok := lead.ParseReference(name)
	if !ok {
		return lead.PartnerID(name), nil
	}
	found, err := s.ByReference(ctx, reference)
	if err != nil {
		return "", err
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("no lead has the reference %s", reference)
	case 1:
		return found[0].ID, nil
	}
	message := fmt.Sprintf("%d leads share the reference %s; name one by its id:", len(found), reference)
	for _, l := range found {
		message += fmt.Sprintf("\n  %s received %s", l.ID, FormatTime(l.ReceivedAt))
	}
	return "", errors.New(message)
}

// FormatTime writes a time in UTC for people to read, and nothing for the zero time.
func FormatTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02 15:04:05Z")
}

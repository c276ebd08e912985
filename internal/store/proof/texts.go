package proof

import (
	"context"
	"fmt"

	"intake/internal/consent"
	"intake/internal/store/db"
)

const (
	countOtherWords = "select count(*) from text_version where id = $1 and version = $2 and sha256 <> $3"
	insertText      = "insert into text_version (id, version, sha256, first_used_at) values ($1, $2, $3, $4) on conflict (id, version) do nothing"
)

// UseTexts notes the texts in use at their first use, and returns those whose version was used before
// with other words: a version that people have agreed to never changes. With such a text nothing is
// noted.
func (s *Consents) UseTexts(ctx context.Context, texts []consent.Published) (reworded []consent.Published, err error) {
	reworded, err = db.Write(ctx, s.Engine, db.AcceptLimit, func(ctx context.Context, q db.Queries) ([]consent.Published, error) {
		var reworded []consent.Published
		for _, t := range texts {
			var other int
			if err := q.QueryRowContext(ctx, countOtherWords, t.ID, t.Version, t.SHA256).Scan(&other); err != nil {
				return nil, err
			}
			if other > 0 {
				reworded = append(reworded, t)
			}
		}
		if len(reworded) > 0 {
			return reworded, nil
		}
		for _, t := range texts {
			if !t.InUse {
				continue
			}
			if _, err := q.ExecContext(ctx, insertText, t.ID, t.Version, t.SHA256, s.Now().UnixMilli()); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	if err != nil {
		return nil, fmt.Errorf("note the texts in use: %w", err)
	}
	return reworded, nil
}

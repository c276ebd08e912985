package store

import (
	"context"
	"fmt"

	"intake/internal/consent"
	"intake/internal/store/db"
)

const insertText = "insert into text_version (id, version, sha256, first_used_at) values ($1, $2, $3, $4) on conflict (id, version) do nothing"

// UseTexts notes the texts in use at their first use, and returns those whose version was used before
// with other words: a version that people have agreed to never changes. With such a text nothing is
// noted.
func (s *Store) UseTexts(ctx context.Context, texts []consent.Published) (reworded []consent.Published, err error) {
	reworded, err = write(ctx, s, acceptLimit, func(ctx context.Context, q db.Queries) ([]consent.Published, error) {
		used, err := usedTexts(ctx, q)
		if err != nil {
			return nil, err
		}
		var reworded []consent.Published
		for _, t := range texts {
			if before, known := used[[2]string{t.ID, t.Version}]; known && before != t.SHA256 {
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
			if _, err := q.ExecContext(ctx, insertText, t.ID, t.Version, t.SHA256, s.now().UnixMilli()); err != nil {
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

// usedTexts are the hashes of all texts that were ever used, by id and version. They are few.
func usedTexts(ctx context.Context, q db.Queries) (map[[2]string]string, error) {
	rows, err := q.QueryContext(ctx, "select id, version, sha256 from text_version")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	used := map[[2]string]string{}
	for rows.Next() {
		var id, version, sha256 string
		if err := rows.Scan(&id, &version, &sha256); err != nil {
			return nil, err
		}
		used[[2]string{id, version}] = sha256
	}
	return used, rows.Err()
}

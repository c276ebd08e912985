package store

import (
	"context"
	"database/sql"
	"fmt"

	"intake/internal/consent"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

const insertText = "insert into text_version (id, version, sha256, first_used_at) values ($1, $2, $3, $4) on conflict (id, version) do nothing"

// UseTexts notes the texts in use at their first use, and returns those whose version was used before
// with other words: a version that people have agreed to never changes. With such a text nothing is
// noted.
func (s *Store) UseTexts(ctx context.Context, texts []consent.Published) (reworded []consent.Published, err error) {
	reworded, err = db.Write(ctx, s.engine, acceptLimit, func(ctx context.Context, q db.Queries) ([]consent.Published, error) {
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
	used := map[[2]string]string{}
	err := table.Each(ctx, q, "select id, version, sha256 from text_version", func(row *sql.Rows) error {
		var id, version, sha256 string
		err := row.Scan(&id, &version, &sha256)
		used[[2]string{id, version}] = sha256
		return err
	})
	return used, err
}

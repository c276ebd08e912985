-- +goose Up

-- The id of an independent recording of the visit, as it goes to Alleviate; the consent record has
-- the same.
alter table lead add column certificate_id text not null default '';

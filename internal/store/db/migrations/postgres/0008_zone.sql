-- +goose Up

-- The person's own time zone at the time of consent. The ZIP code that it follows from is erased
-- long before the record; records of before have none.
alter table consent_record add column zone bytea; -- sealed

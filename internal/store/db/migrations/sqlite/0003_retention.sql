-- +goose Up

alter table lead add column erased_at integer; -- the answers are gone, what became of the lead stays
alter table stamp add column restored_at integer; -- not null: from a backup, and nothing goes out until a person says so

-- What an erasure looks for.
create index lead_with_ssn on lead (received_at) where social_security_number is not null;
create index lead_with_answers on lead (received_at) where erased_at is null;
create index lead_with_evidence on lead (received_at) where handle is not null;

-- +goose Up

-- Erasures and re-sealings whose old bytes may still stand in the files: 0, none. Never trusted to
-- be 0 before the first scrub.
alter table stamp add column unscrubbed bigint not null default 1;
alter table stamp add column unscrubbed_since bigint; -- null with 0, and before the first erasure

-- The leads that were erased on request. A restore erases them again; it may know of leads that
-- this database never had.
create table erasure (
    lead_id text primary key,
    at      bigint not null
);

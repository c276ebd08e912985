-- +goose Up

-- Which database this is: random, and new whenever a restore parts it from the one that it was copied from.
alter table stamp add column database_id text not null default '';
alter table stamp add column parted_from text not null default ''; -- its id before the last restore
alter table stamp add column parted_at bigint; -- when that was
alter table stamp add column sent_since bigint not null default 0; -- 1: calls were made that the restored database does not know of

-- How often each node has claimed leads. The node keeps that number outside the database as well.
create table delivery_mark (
    node   text primary key,
    claims bigint not null
);

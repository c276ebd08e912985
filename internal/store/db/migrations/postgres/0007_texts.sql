-- +goose Up

-- The versions of texts and documents that were ever in use, and what fixes their words: a version
-- that people have agreed to never changes.
create table text_version (
    id            text not null,
    version       text not null,
    sha256        text not null, -- of the words in both languages
    first_used_at bigint not null,
    primary key (id, version)
);

-- +goose Up

-- Times are milliseconds since 1970, UTC. Flags are 0 or 1. What a person told us is sealed.

create table stamp (
    id          bigint primary key check (id = 1),
    environment text not null,
    key_check   bytea not null, -- sealed: opens with the keys of this database only
    created_at  bigint not null,
    checked_at  bigint not null, -- written by each readiness check

    -- Which database this is: random, and new whenever a restore parts it from the one that it was copied from.
    database_id   text not null,
    parted_at     bigint, -- when that was
    parted_before bigint, -- parted_at before a restore that is not lifted yet
    sent_since    bigint not null default 0, -- 1: calls were made that the restored database does not know of
    clock_ahead   bigint not null default 0 -- milliseconds that the clock was moved forward, in the simulator environment
);

create table lead (
    id                  text primary key,
    submission_hash     bytea not null unique, -- keyed hash of the submission key
    fingerprint         bytea not null,        -- keyed hash of the answers
    handle_hash         bytea not null unique, -- keyed hash of the handle
    language            text not null,

    status              text not null,
    hold                text not null default '',
    step                text not null default '',
    next_attempt_at     bigint,
    attempt             bigint not null default 0,
    failures            bigint not null default 0,
    lease_owner         text not null default '',
    lease_until         bigint,
    called_until        bigint, -- the end of the last lease for createLead: until then that call may have run
    doubt_since         bigint,
    resent              bigint not null default 0 check (resent in (0, 1)),
    reason              text not null default '',

    alleviate_id        text not null default '', -- not unique: archetypes repeat theirs
    result_code         bigint not null default 0,
    bid                 text not null default '',
    submit_status       bigint not null default 0,
    crm                 text not null default '',
    crm_record_id       text not null default '',

    permits_terms       bigint not null default 0 check (permits_terms in (0, 1)),
    permits_credit_check bigint not null default 0 check (permits_credit_check in (0, 1)),
    permits_marketing   bigint not null default 0 check (permits_marketing in (0, 1)),

    received_at         bigint not null,
    changed_at          bigint not null,

    -- blind indexes, by the key of index_version
    index_version       bigint not null,
    email_index         bytea,
    home_phone_index    bytea,
    cell_phone_index    bytea,
    work_phone_index    bytea,

    -- sealed
    handle              bytea,
    client_ip           bytea,
    first_name          bytea,
    last_name           bytea,
    date_of_birth       bytea,
    email               bytea,
    home_phone          bytea,
    cell_phone          bytea,
    work_phone          bytea,
    address1            bytea,
    address2            bytea,
    city                bytea,
    state               bytea,
    zip_code            bytea,
    residence_type_id   bytea,
    months_at_address   bytea,
    monthly_rent        bytea,
    income_source_id    bytea,
    pay_frequency_id    bytea,
    monthly_income      bytea,
    gross_annual_income bytea,
    employer_name       bytea,
    months_at_employer  bytea,
    estimated_debt      bytea,
    loan_amount         bytea,
    loan_purpose_id     bytea,
    co_applicant        bytea,
    social_security_number bytea
);

-- What a claim looks for; leads at rest are not in it.
create index lead_due on lead (step, status, next_attempt_at)
    where lease_until is null and hold = '' and next_attempt_at is not null;
create index lead_leased on lead (lease_until) where lease_until is not null;
create index lead_status on lead (status);

create table consent_record (
    lead_id      text primary key references lead (id),
    at           bigint not null,
    channel      text not null,
    language     text not null,
    page_url     text not null,
    seller       text not null,
    form_version text not null,
    acts         text not null, -- JSON, no personal data
    -- sealed
    person_name  bytea,
    phone        bytea,
    client_ip    bytea,
    user_agent   bytea
);

-- Append-only.
create table lead_event (
    seq           bigint generated always as identity primary key,
    lead_id       text not null references lead (id),
    at            bigint not null,
    event         text not null,
    from_status   text not null,
    to_status     text not null,
    attempt       bigint not null,
    late          bigint not null default 0 check (late in (0, 1)), -- it came too late to move anything
    reason        text not null default '',
    alleviate_id  text not null default '',
    result_code   bigint not null default 0,
    bid           text not null default '',
    submit_status bigint not null default 0,
    crm           text not null default '',
    crm_record_id text not null default ''
);

create index lead_event_lead on lead_event (lead_id, seq);

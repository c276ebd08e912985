-- +goose Up

-- Until when the last createLead call for a lead may have been running: the end of its lease.
alter table lead add column called_until bigint;

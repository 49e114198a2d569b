-- For looking at the executions of the last day without reading those of the last year. An index of ranges of pages: ids begin with the
-- time and rows are written in that order. No update changes an id, so ends and waits stay inside their page.
CREATE INDEX executions_age ON executions USING brin (id) WITH (pages_per_range = 32, autosummarize = on);
GRANT EXECUTE ON FUNCTION uuid_floor(timestamptz) TO thaiyyal_dispatch;

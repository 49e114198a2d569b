-- Which executions wait for the end of which others. A row is there from the start of the child until its end is told to the parent, so
-- the table stays as small as what is under way, and executions that have nothing to do with others find nothing in it.
--
-- No foreign key, as with all that belongs to executions: a row is inserted with its child, by a statement that has found the lease of
-- the parent in the same tenant.
CREATE TABLE children (
    child_id     uuid PRIMARY KEY,
    tenant_id    uuid NOT NULL,
    parent_id    uuid NOT NULL,
    -- Nobody waits for it any more: it is to be stopped. Stays until it has ended, because telling it may have to be repeated.
    is_abandoned boolean NOT NULL DEFAULT false
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX children_parent ON children (parent_id);
CREATE INDEX children_abandoned ON children (child_id) WHERE is_abandoned;
SELECT protect('children');
CREATE POLICY dispatch ON children TO thaiyyal_dispatch USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (is_abandoned), DELETE ON children TO thaiyyal_app;
GRANT SELECT, INSERT, UPDATE (is_abandoned), DELETE ON children TO thaiyyal_dispatch;

-- The step of the parent that started it, and how many executions are above it.
ALTER TABLE executions ADD COLUMN parent_step text, ADD COLUMN depth smallint NOT NULL DEFAULT 0;
-- Never changes, so ends and waits stay inside their page.
CREATE INDEX executions_parent ON executions (tenant_id, parent_id, id) WHERE parent_id IS NOT NULL;

-- A node may name the workflow that it calls. Partial, so that nobody mistakes it for a way to one workflow by its id.
CREATE INDEX workflows_name ON workflows (tenant_id, name) WHERE name <> '';

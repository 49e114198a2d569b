-- Which executions wait for the end of which others. A row is there from the start of the child until its end is told to the parent.
CREATE TABLE children (
    tenant_id    BLOB NOT NULL,
    child_id     BLOB NOT NULL,
    parent_id    BLOB NOT NULL,
    -- Nobody waits for it any more: it is to be stopped. Stays until it has ended, because telling it may have to be repeated.
    is_abandoned INTEGER NOT NULL DEFAULT 0 CHECK (is_abandoned IN (0, 1)),
    PRIMARY KEY (tenant_id, child_id),
    FOREIGN KEY (tenant_id, child_id) REFERENCES executions (tenant_id, id),
    FOREIGN KEY (tenant_id, parent_id) REFERENCES executions (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX children_parent ON children (tenant_id, parent_id);
CREATE INDEX children_abandoned ON children (child_id) WHERE is_abandoned = 1;

-- The step of the parent that started it, and how many executions are above it.
ALTER TABLE executions ADD COLUMN parent_step TEXT;
ALTER TABLE executions ADD COLUMN depth INTEGER NOT NULL DEFAULT 0;
CREATE INDEX executions_parent ON executions (tenant_id, parent_id, id) WHERE parent_id IS NOT NULL;

-- A node may name the workflow that it calls. Partial, so that nobody mistakes it for a way to one workflow by its id.
CREATE INDEX workflows_name ON workflows (tenant_id, name) WHERE name <> '';

-- Journals of executions that were claimed before. A statement of its own, after the claim: the owner before us may have written its
-- last segment after the claim's snapshot was taken, while the claim waited for its row.
SELECT j.execution_id, j.first_seq, j.last_seq, j.bytes
FROM unnest($1::uuid[], $2::uuid[]) AS i (tenant_id, execution_id)
JOIN journal j ON j.tenant_id = ANY (ARRAY[i.tenant_id]) AND j.execution_id BETWEEN i.execution_id AND i.execution_id
ORDER BY j.execution_id, j.first_seq

-- What lies there for executions, and how often they had been told of it: both from one snapshot.
SELECT i.ord, e.signalled, s.seq, s.name, s.payload
FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS i (tenant_id, execution_id, ord)
JOIN executions e ON e.tenant_id = ANY (ARRAY[i.tenant_id]) AND e.id BETWEEN i.execution_id AND i.execution_id
LEFT JOIN signals s ON s.tenant_id = ANY (ARRAY[i.tenant_id]) AND s.execution_id BETWEEN i.execution_id AND i.execution_id AND s.is_told
ORDER BY i.ord, s.seq

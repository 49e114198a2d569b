UPDATE children c SET is_abandoned = true
FROM unnest($1::uuid[], $2::uuid[]) AS i (tenant_id, child_id)
WHERE c.child_id = ANY (ARRAY[i.child_id]) AND c.tenant_id = i.tenant_id AND NOT c.is_abandoned

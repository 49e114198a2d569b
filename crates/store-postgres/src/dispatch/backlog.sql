SELECT
    count(*) FILTER (WHERE q.state = 'ready' AND q.available_at <= now()),
    count(*) FILTER (WHERE q.state = 'leased'),
    (SELECT count(*) FROM timers),
    (SELECT count(*) FROM outbox),
    coalesce(extract(epoch FROM now() - min(q.available_at) FILTER (WHERE q.state = 'ready' AND q.available_at <= now())), 0)::float8
FROM run_queue q

-- Wall time by route and cache, without what the Worker's own thread computed: waiting and calls.
-- blob1 kind, blob4 route, blob11 cache, double1 status, double2 duration_ms
SELECT
  blob4 AS route,
  blob11 AS cache,
  SUM(_sample_interval) AS requests,
  quantileExactWeighted(0.5)(double2, _sample_interval) AS p50_ms,
  quantileExactWeighted(0.99)(double2, _sample_interval) AS p99_ms
FROM razorbill
WHERE blob1 = 'request' AND double1 < 400 AND timestamp > NOW() - INTERVAL '1' DAY
GROUP BY route, cache
ORDER BY requests DESC
LIMIT 100

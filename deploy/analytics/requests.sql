-- Requests of a day by route and status.
-- blob1 kind, blob4 route, double1 status
SELECT
  blob4 AS route,
  double1 AS status,
  SUM(_sample_interval) AS requests
FROM razorbill
WHERE blob1 = 'request' AND timestamp > NOW() - INTERVAL '1' DAY
GROUP BY route, status
ORDER BY requests DESC
LIMIT 100

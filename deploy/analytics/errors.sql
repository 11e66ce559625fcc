-- What was answered with a problem, by its code (docs/errors.md explains each). Requests that were
-- refused unread are not among them: troubles.sql has them as `refused`.
-- blob1 kind, blob6 code, double1 status
SELECT
  blob6 AS code,
  double1 AS status,
  SUM(_sample_interval) AS requests
FROM razorbill
WHERE blob1 = 'request' AND blob6 != '' AND timestamp > NOW() - INTERVAL '1' DAY
GROUP BY code, status
ORDER BY requests DESC
LIMIT 100

-- Two versions beside each other during a gradual deployment: failures, p99 and hits of the last hour.
-- blob1 kind, blob3 version, double1 status, double2 duration_ms, double3 pictures, double4 hits
SELECT
  blob3 AS version,
  SUM(_sample_interval) AS requests,
  sumIf(_sample_interval, double1 >= 500) / SUM(_sample_interval) AS failing,
  quantileExactWeighted(0.99)(double2, _sample_interval) AS p99_ms,
  SUM(_sample_interval * double4) AS hits,
  SUM(_sample_interval * double3) AS pictures
FROM razorbill
WHERE blob1 = 'request' AND timestamp > NOW() - INTERVAL '1' HOUR
GROUP BY version
ORDER BY requests DESC
LIMIT 10

-- Which tier kept answers came from: the isolate, the data centre or the worldwide bucket.
-- blob1 kind, blob12 tier, double4 hits
SELECT
  blob12 AS tier,
  SUM(_sample_interval * double4) AS hits
FROM razorbill
WHERE blob1 = 'request' AND double4 > 0 AND timestamp > NOW() - INTERVAL '1' DAY
GROUP BY tier
ORDER BY hits DESC
LIMIT 10

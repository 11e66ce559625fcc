-- What was counted or told besides requests, an hour: requests refused unread, failing cache tiers,
-- the origin and its breaker, engines that fall back, queues, jobs given up, bugs.
-- blob1 kind, blob2 name, blob6 code, blob12 tier, blob14 operation, double11 times
SELECT
  blob2 AS name,
  blob6 AS code,
  blob12 AS tier,
  blob14 AS operation,
  SUM(_sample_interval * double11) AS times
FROM razorbill
WHERE blob1 IN ('event', 'count') AND timestamp > NOW() - INTERVAL '1' HOUR
GROUP BY name, code, tier, operation
ORDER BY times DESC
LIMIT 100

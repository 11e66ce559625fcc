-- Pictures an hour, and the share of them whose answer was kept; a picture without an answer is no miss.
-- blob1 kind, double3 pictures, double4 hits, double5 failed
SELECT
  toStartOfInterval(timestamp, INTERVAL '1' HOUR) AS hour,
  SUM(_sample_interval * (double3 - double5)) AS answered,
  SUM(_sample_interval * double4) / SUM(_sample_interval * (double3 - double5)) AS hit_ratio
FROM razorbill
WHERE blob1 = 'request' AND double3 > double5 AND timestamp > NOW() - INTERVAL '1' DAY
GROUP BY hour
ORDER BY hour
LIMIT 100

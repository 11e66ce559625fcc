-- CPU and dollars of a day by model: $0.02 a million CPU-ms and $0.30 a million requests (November
-- 2026, docs/costs.md), the included share not taken off. CPU is what the cards say of the edge.
-- blob1 kind, blob7 model, double3 pictures, double8 cpu_ms, double9 unpriced
SELECT
  blob7 AS model,
  SUM(_sample_interval * double3) AS pictures,
  SUM(_sample_interval * double8) AS cpu_ms,
  SUM(_sample_interval * double9) AS unpriced,
  SUM(_sample_interval * double8) / 1000000 * 0.02
    + sumIf(_sample_interval, blob1 = 'request') / 1000000 * 0.3 AS usd
FROM razorbill
WHERE blob1 IN ('request', 'job_picture') AND blob7 != ''
  AND timestamp > NOW() - INTERVAL '1' DAY
GROUP BY model
ORDER BY usd DESC
LIMIT 100

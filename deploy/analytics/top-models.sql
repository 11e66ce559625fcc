-- Pictures of a week by model, those of jobs among them, and the share of them that were kept.
-- blob1 kind, blob7 model, double3 pictures, double4 hits
SELECT
  blob7 AS model,
  SUM(_sample_interval * double3) AS pictures,
  SUM(_sample_interval * double4) / SUM(_sample_interval * double3) AS hit_ratio
FROM razorbill
WHERE blob1 IN ('request', 'job_picture') AND double3 > 0 AND blob7 != ''
  AND timestamp > NOW() - INTERVAL '7' DAY
GROUP BY model
ORDER BY pictures DESC
LIMIT 20

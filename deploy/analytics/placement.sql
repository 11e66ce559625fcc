-- Where pictures were computed and why; kept answers were computed nowhere.
-- blob1 kind, blob9 place, blob10 because, double6 at_edge, double7 at_origin
SELECT
  blob9 AS place,
  blob10 AS because,
  SUM(_sample_interval * double6) AS at_edge,
  SUM(_sample_interval * double7) AS at_origin
FROM razorbill
WHERE blob1 = 'request' AND double6 + double7 > 0 AND timestamp > NOW() - INTERVAL '1' DAY
GROUP BY place, because
ORDER BY at_edge DESC, at_origin DESC
LIMIT 100

// `npm run dashboard`: writes deploy/grafana, Grafana's dashboard and the Worker's alert rules. The
// dataset's columns come from the table that the Worker writes them by.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { buildAlerts } from './dashboard/build-alerts.ts';
import { buildDashboard } from './dashboard/build-dashboard.ts';

const FOLDER = join(import.meta.dirname, '..', 'deploy', 'grafana');

write('razorbill.json', `${JSON.stringify(buildDashboard(), null, 2)}\n`);
write('alerts.yaml', stringify(JSON.parse(JSON.stringify(buildAlerts())), { lineWidth: 0 }));

function write(file: string, text: string): void {
  writeFileSync(join(FOLDER, file), text);
  console.log(`deploy/grafana/${file}: ${text.split('\n').length - 1} lines`);
}

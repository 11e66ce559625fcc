import {
  CustomVariableBuilder,
  type Dashboard,
  DashboardBuilder,
  DatasourceVariableBuilder,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { originPanels } from './origin-panels.ts';
import { ANALYTICS, workerPanels } from './worker-panels.ts';

/** deploy/grafana/razorbill.json: the Worker by Analytics Engine, the origin by Prometheus. */
export function buildDashboard(): Dashboard {
  const dashboard = new DashboardBuilder('Razorbill')
    .uid('razorbill')
    .description('The Worker by Workers Analytics Engine, the origin by Prometheus.')
    .tags(['razorbill'])
    .timezone('utc')
    .refresh('1m')
    .time({ from: 'now-6h', to: 'now' })
    .withVariable(
      new DatasourceVariableBuilder('analytics').label('Analytics Engine').type(ANALYTICS.type),
    )
    .withVariable(
      new DatasourceVariableBuilder('prometheus').label('Prometheus').type('prometheus'),
    )
    .withVariable(
      new CustomVariableBuilder('minutes')
        .label('Step, minutes')
        .values('5,1,15,60,1440')
        .current({ selected: true, text: '5', value: '5' })
        .options([{ selected: true, text: '5', value: '5' }]),
    )
    .withRow(new RowBuilder('Worker'));
  for (const panel of workerPanels()) dashboard.withPanel(panel);
  dashboard.withRow(new RowBuilder('Origin'));
  for (const panel of originPanels()) dashboard.withPanel(panel);
  return dashboard.build();
}

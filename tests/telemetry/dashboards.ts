import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DASHBOARDS_FOLDER } from './prometheus.js';

/** What the checks read of a dashboard. */
export interface DashboardFile {
  readonly file: string;
  readonly uid: string;
  readonly title: string;
  readonly templating: { readonly list: readonly { readonly name: string }[] };
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
  readonly panels: readonly {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly description?: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly options: object;
    readonly fieldConfig: { readonly defaults: { readonly unit?: string; readonly custom?: object } };
    readonly targets: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[];
  }[];
}

/** The dashboards that are shipped. */
export function dashboards(): DashboardFile[] {
  return readdirSync(DASHBOARDS_FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({ file, ...(JSON.parse(readFileSync(join(DASHBOARDS_FOLDER, file), 'utf8')) as Omit<DashboardFile, 'file'>) }));
}

/** A panel's query with Grafana's variables filled in as Grafana would. */
export const filledIn = (expr: string): string =>
  expr.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '20s').replaceAll('$__interval', '5s');

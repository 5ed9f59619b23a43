// Panels of Grafana dashboards in few words. What Grafana takes: its published schema (@grafana/schema), checked by tests/telemetry.
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** Wraps the label matcher of the dashboard's variable around a metric: `of('mellm_ws_clients')`, `of('x', 'stage="flow"')`. */
export const of = (metric, labels = '') => `${metric}{instance=~"$instance"${labels === '' ? '' : `,${labels}`}}`;

/** `rate` over what the panel's resolution asks for. */
export const rate = (metric, labels) => `rate(${of(metric, labels)}[$__rate_interval])`;

/** A quantile of a histogram, by labels where any are named. */
export const quantile = (q, metric, by = '', labels = '') =>
  `histogram_quantile(${q}, sum by (le${by === '' ? '' : `, ${by}`}) (${rate(`${metric}_bucket`, labels)}))`;

const targets = (queries, more = {}) =>
  Object.entries(queries).map(([legend, expr], i) => ({
    refId: String.fromCharCode(65 + i),
    datasource: DATASOURCE,
    editorMode: 'code',
    expr,
    legendFormat: legend,
    range: true,
    ...more,
  }));

/** Said of every query over `$__rate_interval`: four scrapes, 15 s each unless Grafana's data source says otherwise, or a step of the graph. */
const WINDOW = 'Over one minute, or more in a long time range.';

/** What a panel shows, and over which window. Every panel must say it. */
function describe(title, description, queries) {
  if (!description) throw new Error(`panel '${title}' has no description`);
  return Object.values(queries).some((expr) => expr.includes('$__rate_interval')) ? `${description} ${WINDOW}` : description;
}

const panel = (type, title, queries, { w, h, unit, description, min, max, thresholds, mappings }, options, custom) => ({
  type,
  title,
  description: describe(title, description, queries),
  datasource: DATASOURCE,
  gridPos: { x: 0, y: 0, w, h },
  fieldConfig: {
    defaults: {
      unit,
      ...(min === undefined ? {} : { min }),
      ...(max === undefined ? {} : { max }),
      color: { mode: type === 'timeseries' ? 'palette-classic' : 'thresholds' },
      mappings: mappings ?? [],
      thresholds: { mode: 'absolute', steps: (thresholds ?? [[null, 'green']]).map(([value, color]) => ({ value, color })) },
      ...(custom === undefined ? {} : { custom }),
    },
    overrides: [],
  },
  options,
  targets: targets(queries, type === 'heatmap' ? { format: 'heatmap' } : {}),
});

/** One number; `settings.description` is required, here and below. `thresholds`: [[null, 'green'], [0.8, 'red']]. */
export const stat = (title, expr, settings = {}) =>
  panel(
    'stat',
    title,
    { [title]: expr },
    { w: 4, h: 4, unit: 'short', ...settings },
    {
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      colorMode: settings.thresholds ? 'background' : 'value',
      graphMode: 'area',
      justifyMode: 'auto',
      orientation: 'auto',
      textMode: 'auto',
      wideLayout: true,
      showPercentChange: false,
      percentChangeColorMode: 'standard',
    },
  );

/** Lines over time; `queries`: legend → expression. */
export const lines = (title, queries, settings = {}) =>
  panel(
    'timeseries',
    title,
    queries,
    { w: 12, h: 8, unit: 'short', min: 0, ...settings },
    {
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
    {
      drawStyle: 'line',
      lineWidth: 1,
      fillOpacity: settings.stack ? 30 : 10,
      showPoints: 'never',
      spanNulls: false,
      pointSize: 5,
      axisPlacement: 'auto',
      stacking: { mode: settings.stack ? 'normal' : 'none', group: 'A' },
      thresholdsStyle: { mode: settings.thresholds ? 'line' : 'off' },
    },
  );

/** How a histogram's values spread over time. */
export const heatmap = (title, metric, settings = {}) =>
  panel(
    'heatmap',
    title,
    { '{{le}}': `sum by (le) (increase(${of(`${metric}_bucket`)}[$__rate_interval]))` },
    { w: 12, h: 8, unit: 'short', ...settings },
    {
      calculate: false,
      cellGap: 1,
      showValue: 'never',
      yAxis: { axisPlacement: 'left', unit: settings.unit ?? 'short' },
      color: { mode: 'scheme', scheme: 'Oranges', scale: 'exponential', exponent: 0.5, steps: 64, reverse: false, fill: 'dark-orange' },
      cellValues: {},
      filterValues: { le: 1e-9 },
      legend: { show: true },
      tooltip: { mode: 'single', yHistogram: false, showColorScale: false },
      exemplars: { color: 'rgba(255,0,255,0.7)' },
      rowsFrame: { layout: 'auto' },
    },
  );

const VARIABLES = [
  {
    name: 'datasource',
    label: 'Data source',
    type: 'datasource',
    query: 'prometheus',
    hide: 0,
    multi: false,
    includeAll: false,
    refresh: 1,
    regex: '',
    current: { text: 'Prometheus', value: 'prometheus' },
  },
  {
    name: 'instance',
    label: 'Server',
    type: 'query',
    datasource: DATASOURCE,
    query: { query: 'label_values(mellm_build_info, instance)', refId: 'instance' },
    hide: 0,
    multi: true,
    includeAll: true,
    allValue: '.*',
    refresh: 2,
    regex: '',
    sort: 1,
    current: { text: 'All', value: '$__all' },
  },
];

/** Marks on the time axis of every panel. The fields after `iconColor` are those of Grafana's Prometheus data source. */
const annotation = (name, iconColor, expr, titleFormat, textFormat) => ({
  name,
  datasource: DATASOURCE,
  enable: true,
  iconColor,
  expr,
  step: '15s',
  titleFormat,
  textFormat,
  tagKeys: 'instance',
  useValueForTime: false,
});

const ANNOTATIONS = [
  annotation(
    'Deployments',
    'blue',
    `${of('mellm_build_info')} unless on (instance, version) ${of('mellm_build_info')} offset 1m`,
    'mellm-live {{version}}',
    'A version that this server did not run a minute before.',
  ),
  annotation(
    'Overload',
    'red',
    `max by (instance) (${of('instance:mellm_frames_busy:ratio_rate5m')} > 0.05 or increase(${of('mellm_sessions_total', 'result="refused"')}[1m]) > 0)`,
    'Overload',
    'Frames are dropped because the analysis has no time, or a publisher was refused (MellmFramesDropped, MellmSessionsRefused in docs/runbook.md).',
  ),
];

/** A dashboard; panels are laid out from left to right in rows of 24 columns. */
export function dashboard(uid, title, description, panels) {
  let [x, y, height] = [0, 0, 0];
  const placed = panels.map((one, i) => {
    const { w, h } = one.gridPos;
    if (x + w > 24) {
      x = 0;
      y += height;
      height = 0;
    }
    const gridPos = { x, y, w, h };
    x += w;
    height = Math.max(height, h);
    return { id: i + 1, ...one, gridPos };
  });
  return {
    uid,
    title,
    description,
    tags: ['mellm-live'],
    editable: true,
    graphTooltip: 1,
    schemaVersion: 41,
    version: 1,
    timezone: 'browser',
    refresh: '10s',
    time: { from: 'now-30m', to: 'now' },
    fiscalYearStartMonth: 0,
    annotations: { list: ANNOTATIONS },
    links: [
      {
        title: 'mellm-live',
        type: 'dashboards',
        tags: ['mellm-live'],
        asDropdown: false,
        icon: 'external link',
        includeVars: true,
        keepTime: true,
        targetBlank: false,
        tooltip: '',
        url: '',
      },
    ],
    templating: { list: VARIABLES },
    panels: placed,
  };
}

/** One number or curve of a dashboard. */
export interface Panel {
  readonly title: string
  /** What it tells, and what to do about it; shown when somebody points at it. */
  readonly about: string
  readonly kind: 'stat' | 'timeseries' | 'table'
  readonly queries: readonly { readonly expr: string; readonly legend: string }[]
  readonly unit?: 'short' | 's' | 'percentunit' | 'bytes' | 'reqps'
  /** From which value on it is red, and from which one on it is green; the rest is the other colour. */
  readonly red?: number
  readonly green?: number
}

/** Panels under a heading. */
export interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
}

const WIDTH = 24
const ACROSS = 3
const HEIGHT = 7

/**
 * A dashboard as Grafana reads it (schema 39, Grafana 11 and later): rows of three panels, for the tenants that a person
 * picks. The variables `$tenant` and `$environment` stand in the queries.
 */
export function dashboardJson(uid: string, title: string, environment: string, rows: readonly Row[]): string {
  const panels: object[] = []
  let top = 0
  for (const { title: heading, panels: below } of rows) {
    panels.push({ id: panels.length + 1, type: 'row', title: heading, gridPos: { x: 0, y: top, w: WIDTH, h: 1 } })
    top += 1
    for (const [index, panel] of below.entries()) {
      const x = (index % ACROSS) * (WIDTH / ACROSS)
      const y = top + Math.floor(index / ACROSS) * HEIGHT
      panels.push(panelJson(panels.length + 1, panel, { x, y, w: WIDTH / ACROSS, h: HEIGHT }))
    }
    top += Math.ceil(below.length / ACROSS) * HEIGHT
  }
  const dashboard = {
    uid,
    title,
    tags: ['waybill', environment],
    timezone: 'browser',
    schemaVersion: 39,
    refresh: '1m',
    time: { from: 'now-24h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
        {
          name: 'tenant',
          label: 'Tenant',
          type: 'query',
          datasource: DATASOURCE,
          query: `label_values(cnpg_collector_up{environment="${environment}"}, tenant)`,
          multi: true,
          includeAll: true,
          refresh: 2,
        },
        { name: 'environment', type: 'constant', query: environment, hide: 2 },
      ],
    },
    panels,
  }
  return `${JSON.stringify(dashboard, undefined, 2)}\n`
}

const DATASOURCE = { type: 'prometheus', uid: '$datasource' }

function panelJson(id: number, panel: Panel, gridPos: object): object {
  const { title, about, kind, queries, unit, red, green } = panel
  const steps = [
    { color: green === undefined ? 'green' : 'red', value: null },
    ...(green === undefined ? [] : [{ color: 'green', value: green }]),
    ...(red === undefined ? [] : [{ color: 'red', value: red }]),
  ]
  return {
    id,
    type: kind,
    title,
    description: about,
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: { defaults: { unit: unit ?? 'short', thresholds: { mode: 'absolute', steps } }, overrides: [] },
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
      ...(kind === 'timeseries' ? {} : { instant: true }),
      ...(kind === 'table' ? { format: 'table' } : {}),
    })),
  }
}

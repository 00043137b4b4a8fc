import { type Odoo, odooOf } from '../src/analysis/odoo.ts'
import { type EnvironmentFacts, type Index, indexOf } from '../src/manifest/manifest-index.ts'
import { parseManifests } from '../src/manifest/parse.ts'

/** The index over manifests written as one YAML text. Throws for a text that does not parse. */
export function indexed(yaml: string, facts: Partial<EnvironmentFacts> = {}): Index {
  const { sources, problems } = parseManifests('world.yaml', yaml)
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'))
  return indexOf(sources, { profile: 'strict', ...facts })
}

export interface Pod {
  readonly name?: string
  readonly kind?: string
  readonly image?: string
  /** Further fields of the container, of the pod and of the workload, as flow YAML: `args: [a, b]`. */
  readonly container?: string
  readonly pod?: string
  readonly spec?: string
}

/** A workload with one container "odoo". */
export function workload({
  name = 'odoo',
  kind = 'Deployment',
  image = 'odoo:18.0',
  container,
  pod,
  spec,
}: Pod = {}): string {
  const own = [`name: odoo`, `image: ${image}`, ...(container === undefined ? [] : [container])].join(', ')
  const inPod = [`containers: [{${own}}]`, ...(pod === undefined ? [] : [pod])].join(', ')
  const inSpec = [
    `template: {metadata: {labels: {app: ${name}}}, spec: {${inPod}}}`,
    ...(spec === undefined ? [] : [spec]),
  ]
  const api = kind === 'Job' ? 'batch/v1' : 'apps/v1'
  return `---\napiVersion: ${api}\nkind: ${kind}\nmetadata: {name: ${name}, namespace: erp}\nspec: {${inSpec.join(', ')}}\n`
}

/** `odoo.conf` in a ConfigMap, without the line of its section. */
export function confMap(text: string, name = 'odoo'): string {
  const lines = ['[options]', ...text.trim().split('\n')].map(line => `    ${line.trim()}\n`)
  return `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: erp}\ndata:\n  odoo.conf: |\n${lines.join('')}`
}

/** The fields that mount the ConfigMap above at the place of the official image. */
export const MOUNTED: Pod = {
  container: 'volumeMounts: [{name: config, mountPath: /etc/odoo}]',
  pod: 'volumes: [{name: config, configMap: {name: odoo}}]',
}

/** The only container that runs Odoo. */
export function theOdoo(yaml: string): Odoo {
  const [found, ...others] = odooOf(indexed(yaml))
  if (found === undefined || others.length > 0)
    throw new Error(`${found === undefined ? 0 : others.length + 1} containers run Odoo`)
  return found
}

import { valueAt } from '../manifest/path.ts'
import type { Fields } from '../manifest/value.ts'
import { canonicalText } from './canonical-text.ts'
import { withoutHosts } from './traefik-rule.ts'

/**
 * What identifies an element of a list of maps, tried in this order: the first that every element has, and no two
 * elements of one side share, decides. After the list map keys of the Kubernetes API and of the custom kinds we know.
 */
const IDENTITIES: readonly (readonly string[])[] = [
  ['name'],
  ['name', 'kind', 'namespace'],
  ['metadata.name'],
  ['secretKey'],
  ['mountPath'],
  ['devicePath'],
  ['containerPort', 'protocol'],
  ['port', 'protocol'],
  ['configMapRef.name', 'secretRef.name'],
  ['host'],
  ['match'],
  ['path', 'pathType'],
  ['alert', 'record'],
  ['topologyKey', 'whenUnsatisfiable'],
  ['ip'],
  ['major'],
  ['type'],
]

/** Identities that are looked at with less detail before they are looked at in full. */
const SIMPLIFIED: Readonly<Record<string, (text: string) => string>> = { match: withoutHosts }

/** Of these, an element whose identity alone is new is still taken for the element that lost its own. */
const RENAMED_IN_PLACE: ReadonlySet<string> = new Set(['host', 'match'])

/** Ways to tell elements apart: the fields, and what of their text counts. */
const WAYS = IDENTITIES.flatMap((fields): [readonly string[], (text: string) => string][] => {
  const simplify = SIMPLIFIED[fields[0] ?? '']
  const inFull = (text: string) => text
  return simplify === undefined
    ? [[fields, inFull]]
    : [
        [fields, simplify],
        [fields, inFull],
      ]
})

/** Lists of identified elements that take effect in their order: reordering them is a change. */
const ORDERED: ReadonlySet<string> = new Set(['initContainers', 'middlewares', 'patches', 'rewrite', 'filters'])

/** Lists without identities whose order means nothing; of all others it may, so that reordering is told. */
const UNORDERED: ReadonlySet<string> = new Set([
  'accessModes',
  'add',
  'apiGroups',
  'cidrs',
  'dnsNames',
  'drop',
  'entryPoints',
  'except',
  'finalizers',
  'hostAliases',
  'hostnames',
  'hosts',
  'imagePullSecrets',
  'nonResourceURLs',
  'ownerReferences',
  'policyTypes',
  'resourceNames',
  'resources',
  'sourceRange',
  'tolerations',
  'topologySpreadConstraints',
  'values',
  'verbs',
])

/** An element of the old list, of the new one, or both when they are one and the same; by their index. */
export interface Pair {
  readonly name: string
  readonly left?: number
  readonly right?: number
}

/** Which elements of two lists belong together, in the order of the new list, then those that are gone. */
export function pairElements(
  from: readonly Fields[],
  to: readonly Fields[],
  list: string,
): { pairs: Pair[]; isReordered: boolean } {
  for (const [fields, simplify] of WAYS) {
    const left = identitiesOf(from, fields, simplify)
    const right = identitiesOf(to, fields, simplify)
    if (left === undefined || right === undefined) continue
    const isReordered = ORDERED.has(list) && orderChanged(left, right)
    return { pairs: pairByIdentity(left, right, RENAMED_IN_PLACE.has(fields[0] ?? '')), isReordered }
  }
  return pairByContent(from.map(canonicalText), to.map(canonicalText), !UNORDERED.has(list))
}

/** Whether two lists hold the same in another order, where their order means nothing. */
export function isSameSet({
  names,
  from,
  to,
}: {
  readonly names: readonly string[]
  readonly from: unknown
  readonly to: unknown
}): boolean {
  if (!UNORDERED.has(names.at(-1) ?? '') || !Array.isArray(from) || !Array.isArray(to)) return false
  return canonicalText(from.map(canonicalText).sort()) === canonicalText(to.map(canonicalText).sort())
}

function identitiesOf(
  elements: readonly Fields[],
  fields: readonly string[],
  simplify: (text: string) => string,
): Map<string, number> | undefined {
  const found = new Map<string, number>()
  for (const [index, element] of elements.entries()) {
    const parts = fields.map(field => valueAt(element, field.split('.')))
    const isKnown = parts.some(part => typeof part === 'string' || typeof part === 'number')
    const name = simplify(parts.filter(part => part !== undefined && part !== null).join('/'))
    if (!isKnown || found.has(name)) return undefined
    found.set(name, index)
  }
  return found
}

function pairByIdentity(left: Map<string, number>, right: Map<string, number>, mayRename: boolean): Pair[] {
  const gone = [...left].filter(([name]) => !right.has(name))
  const pairs: Pair[] = []
  for (const [name, index] of right) {
    const same = left.get(name)
    const before = same ?? (mayRename ? gone.shift()?.[1] : undefined)
    pairs.push(before === undefined ? { name, right: index } : { name, left: before, right: index })
  }
  for (const [name, index] of gone) pairs.push({ name, left: index })
  return pairs
}

function orderChanged(left: Map<string, number>, right: Map<string, number>): boolean {
  const before = [...left.keys()].filter(name => right.has(name))
  const after = [...right.keys()].filter(name => left.has(name))
  return before.some((name, index) => name !== after[index])
}

/**
 * Elements of equal content belong together, first those at the same place, then wherever they stand; the rest are
 * paired as they follow each other, and named by where the first of the two stands.
 */
function pairByContent(from: readonly string[], to: readonly string[], orderMatters: boolean) {
  const isInPlace = (index: number) => from[index] === to[index]
  const unmatched = new Map<string, number[]>()
  for (const [index, text] of from.entries()) {
    if (!isInPlace(index)) unmatched.set(text, [...(unmatched.get(text) ?? []), index])
  }
  const added: number[] = []
  let isReordered = false
  for (const [index, text] of to.entries()) {
    if (isInPlace(index)) continue
    if (unmatched.get(text)?.shift() === undefined) added.push(index)
    else isReordered = true
  }
  const gone = [...unmatched.values()].flat().sort((a, b) => a - b)
  const pairs: Pair[] = added.map((right, order) => {
    const left = gone[order]
    return left === undefined ? { name: String(right), right } : { name: String(Math.min(left, right)), left, right }
  })
  for (const left of gone.slice(added.length)) pairs.push({ name: String(left), left })
  return { pairs, isReordered: isReordered && orderMatters && pairs.length === 0 }
}

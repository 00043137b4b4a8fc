import { groupBy } from '../manifest/group-by.ts'
import { groupOf, type Manifest } from '../manifest/manifest.ts'
import type { FieldPath } from '../manifest/path.ts'
import { labelsOf } from '../manifest/value.ts'
import { canonicalText } from './canonical-text.ts'
import { changesBetween, isSame } from './change.ts'
import { isReplaced, refusalOf } from './immutable.ts'
import { type ObjectReference, type Operation, TOPICS } from './operation.ts'
import { compareRisk, high } from './risk.ts'
import { subjectAt } from './subject.ts'
import { type Reading, termFor, wholesOf } from './term.ts'
import { termsOf, type Vocabulary, vocabularyOf } from './vocabulary.ts'

/**
 * What changes when the manifests `before` become the manifests `after`, in words of the domain: the riskiest first,
 * then by topic and object. Objects are the same when API group, kind, namespace and name are; of two with one
 * identity in a set the last counts, as when they are applied in turn. The empty result means that the cluster ends
 * up the same.
 */
export function differences(before: readonly Manifest[], after: readonly Manifest[]): Operation[] {
  if (before === after) return []
  const old = byIdentity(before)
  const operations: Operation[] = []
  const created: Manifest[] = []
  for (const [identity, manifest] of byIdentity(after)) {
    const previous = old.get(identity)
    old.delete(identity)
    if (previous === undefined) created.push(manifest)
    else if (!isSame(previous, manifest)) operations.push(...changeOf(previous, manifest))
  }
  operations.push(...comingAndGoing(created, [...old.values()]))
  return operations.sort(compareOperations)
}

function byIdentity(manifests: readonly Manifest[]): Map<string, Manifest> {
  return new Map(manifests.map(manifest => [identityOf(referenceOf(manifest)), manifest]))
}

/** The object that a manifest describes. */
function referenceOf({ apiVersion, kind, metadata }: Manifest): ObjectReference {
  const { namespace, name } = metadata
  return { group: groupOf(apiVersion), kind, ...(namespace === undefined ? {} : { namespace }), name }
}

/** One text for one object. */
export function identityOf({ group, kind, namespace, name }: ObjectReference): string {
  return [group, kind, namespace ?? '', name].join('\n')
}

function comingAndGoing(created: readonly Manifest[], deleted: readonly Manifest[]): Operation[] {
  const gone = groupBy(deleted, nameless)
  const partners = new Map<Manifest, Manifest>()
  for (const manifest of created) {
    const partner = gone.get(nameless(manifest))?.shift()
    if (partner === undefined) continue
    partners.set(manifest, partner)
    partners.set(partner, manifest)
  }
  const whole = (action: 'create' | 'delete') => (manifest: Manifest) =>
    objectOperation(action, manifest, partners.get(manifest))
  return [...created.map(whole('create')), ...deleted.map(whole('delete'))]
}

/** All of a manifest but what it is called. */
function nameless(manifest: Manifest): string {
  const { name: _, namespace: __, ...metadata } = manifest.metadata
  return canonicalText({ ...manifest, metadata })
}

function objectOperation(action: 'create' | 'delete', manifest: Manifest, partner: Manifest | undefined): Operation {
  const vocabulary = vocabularyOf(manifest)
  const told = action === 'create' ? vocabulary.created : vocabulary.deleted
  const summary = vocabulary.summary?.(manifest)
  const risk = typeof told === 'function' ? told(manifest) : told
  const kept = action === 'delete' && isKept(manifest)
  return operation({
    action,
    object: referenceOf(manifest),
    topic: vocabulary.topic,
    subject: subjectOf(vocabulary, manifest),
    what: 'object',
    ...(summary === undefined ? {} : action === 'create' ? { to: summary } : { from: summary }),
    at: [],
    risk: kept ? { ...risk, reason: `${risk.reason}, once a person deletes it` } : risk,
    ...(kept ? { kept } : {}),
    ...(partner === undefined ? {} : { renamed: referenceOf(partner) }),
  })
}

/** The engine is told never to delete the object by itself, so that it stays until a person does. */
function isKept(manifest: Manifest): boolean {
  const annotations = labelsOf(manifest.metadata.annotations)
  return (
    (annotations['argocd.argoproj.io/sync-options'] ?? '').split(',').some(option => option.trim() === 'Prune=false') ||
    annotations['kustomize.toolkit.fluxcd.io/prune'] === 'disabled'
  )
}

function subjectOf({ subject }: Vocabulary, manifest: Manifest): string {
  return typeof subject === 'function' ? subject(manifest) : `${subject} ${manifest.metadata.name}`
}

function changeOf(before: Manifest, after: Manifest): Operation[] {
  const vocabulary = vocabularyOf(after)
  const terms = termsOf(vocabulary)
  const object = referenceOf(after)
  const replaced = isReplaced(after)
  const found: Operation[] = []
  for (const change of changesBetween(before, after, wholesOf(terms))) {
    const manifest = change.to === undefined ? before : after
    const subject = subjectAt(change, [before, after], subjectOf(vocabulary, manifest))
    const refusal = refusalOf(change, before)
    for (const reading of termFor(terms, change.names).read(change, { manifest })) {
      found.push(
        operation({ ...judged(reading, refusal, replaced, vocabulary, before), object, subject, at: change.at }),
      )
    }
  }
  return fold(found)
}

/** What a refusal makes of a reading: it blocks, unless the engine replaces the object, which has a risk of its own. */
function judged(
  { risk, blocks, ...reading }: Reading,
  refusal: string | undefined,
  replaced: boolean,
  vocabulary: Vocabulary,
  before: Manifest,
): Omit<Reading, 'blocks'> & Pick<Operation, 'action' | 'blocks'> {
  if (refusal !== undefined && replaced) {
    const { deleted } = vocabulary
    const loss = typeof deleted === 'function' ? deleted(before) : deleted
    const isWorse = compareRisk(loss.class, risk.class) > 0
    return {
      ...reading,
      action: 'replace',
      risk: isWorse ? { class: loss.class, reason: `for a moment, or for good: ${loss.reason}` } : risk,
    }
  }
  const reason = blocks ?? refusal
  return {
    ...reading,
    action: 'change',
    risk: reason === undefined || compareRisk(risk.class, 'high') >= 0 ? risk : high(risk.reason),
    ...(reason === undefined ? {} : { blocks: reason }),
  }
}

function operation(parts: Omit<Operation, 'destructive'>): Operation {
  return { ...parts, destructive: parts.risk.class === 'destructive' }
}

/** The very same change at several places of an object is one operation with several places. */
function fold(operations: readonly Operation[]): Operation[] {
  const folded = new Map<string, Operation & { also: FieldPath[] }>()
  for (const each of operations) {
    const { at, object: _, ...words } = each
    const key = canonicalText(words)
    const first = folded.get(key)
    if (first === undefined) folded.set(key, { ...each, also: [] })
    else first.also.push(at)
  }
  return [...folded.values()].map(({ also, ...first }) => (also.length === 0 ? first : { ...first, also }))
}

/** The riskiest first; then by topic, object, and the order in which they were found. */
function compareOperations(a: Operation, b: Operation): number {
  return (
    compareRisk(b.risk.class, a.risk.class) ||
    TOPICS.indexOf(a.topic) - TOPICS.indexOf(b.topic) ||
    compareText(identityOf(a.object), identityOf(b.object))
  )
}

/** Code-unit order. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
